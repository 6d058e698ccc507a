using NodaTime;
using NodaTime.Extensions;
using NodaTime.Text;
using Vigil.Time;

namespace Vigil.Tools;

/// <summary>The present time where the person is.</summary>
internal sealed class CurrentTimeTool(TimeProvider time) : ITool
{
    private static readonly ZonedDateTimePattern Shown =
        ZonedDateTimePattern.CreateWithInvariantCulture("dddd, uuuu-MM-dd HH:mm:ss o<+HH:mm> '('z')'", DateTimeZoneProviders.Tzdb);

    public ToolDefinition Definition { get; } = new("current_time", "The current date, weekday and time.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "timezone": { "type": "string", "description": "IANA name, for example America/New_York; default the person's own" }
          },
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var named = call.Text("timezone") is { Length: > 0 } name ? name : call.Run.Profile.Timezone;
        return ValueTask.FromResult(Zones.TryFind(named, out var zone, out var problem)
            ? new ToolResult(Shown.Format(time.GetUtcNow().ToInstant().InZone(zone)))
            : ToolResult.Error($"{problem}."));
    }
}
