using System.Reflection;
using Vigil.Cron;
using Vigil.Events;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>The event types that a page can listen to: a browser must name each one that it wants from a stream.</summary>
internal static class LiveEvents
{
    public static string Text { get; } = string.Join(' ', new[] { typeof(EventTypes), typeof(ScheduleEvents) }
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!));
}
