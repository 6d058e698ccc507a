using System.Text.Json.Nodes;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Notify;

/// <summary>Resolves what a work says about delivery into channel targets. The inbox has everything but "none".</summary>
public sealed class Targets(ISettings settings)
{
    public const string Inbox = "inbox";
    public const string Owner = "owner";
    public const string Origin = "origin";
    public const string None = "none";

    /// <summary>Channel targets without repeats; empty when the inbox alone is meant.</summary>
    public IReadOnlyList<string> Resolve(AgentWork work)
        => [.. work.Deliver.SelectMany(target => target switch
        {
            Inbox or None => [],
            Owner => settings.Current.Notify.Owner.Where(owner => owner != Inbox),
            Origin => work.Metadata["origin"]?.GetValue<string>() is { } origin ? [origin] : [],
            _ => [target],
        }).Distinct(StringComparer.Ordinal)];

    public static bool IsNowhere(AgentWork work) => work.Deliver is [None];

    /// <summary>The channel's kind, the settings of the named target, and what follows in the target text; null when settings do not know it.</summary>
    public (string Kind, JsonObject Settings, string? Chat)? Find(string target)
    {
        var parts = target.Split(':', 3);
        return parts.Length >= 2
               && settings.Current.Notify.Channels.TryGetValue(parts[0], out var names)
               && names.TryGetValue(parts[1], out var found)
            ? (parts[0], found, parts.Length > 2 ? parts[2] : null)
            : null;
    }

    /// <summary>What is wrong with a target as somebody typed it, or null.</summary>
    public string? Check(string target)
    {
        if (target is Inbox or Owner or Origin or None || Find(target) is not null)
            return null;
        var known = settings.Current.Notify.Channels.SelectMany(kind => kind.Value.Keys.Select(name => $"{kind.Key}:{name}"));
        return $"'{target}' is no delivery target. Known: {string.Join(", ", ((string[])[Inbox, Owner, Origin, None]).Concat(known.Order(StringComparer.Ordinal)))}.";
    }
}
