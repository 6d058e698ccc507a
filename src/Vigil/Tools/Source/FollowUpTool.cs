using NodaTime;
using NodaTime.Extensions;
using Vigil.Events;
using Vigil.Time;

namespace Vigil.Tools.Source;

/// <summary>What <c>follow_up</c> was called with.</summary>
public sealed record FollowUpIntent(DateTimeOffset At, string About);

/// <summary>Asks to be woken about something at a later time.</summary>
internal sealed class FollowUpTool(TimeProvider time) : ITool
{
    private const int Longest = 500;

    public ToolDefinition Definition { get; } = new("follow_up",
        "Look at something again later: you are woken at that time with the subject. Nothing is shown to the person.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "when": { "type": "string", "description": "2026-03-27T09:00 or 09:00 in the person's zone, an instant such as 2026-03-27T08:00:00Z, or in 2h, in 3d" },
            "about": { "type": "string", "description": "What to look at, understandable without this conversation" }
          },
          "required": ["when", "about"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken) => ValueTask.FromResult(Taken(call));

    private ToolResult Taken(ToolCall call)
    {
        if (call.Text("when") is not { } when || string.IsNullOrWhiteSpace(when))
            return ToolArguments.Missing("when", WhenText.Good);
        if (call.Text("about") is not { } about || string.IsNullOrWhiteSpace(about))
            return ToolArguments.Missing("about", "what to look at then");
        if (about.Length > Longest)
            return ToolResult.Error($"'about' is longer than {Longest} characters; say what to look at, not all of it.");
        var zone = Zones.TryFind(call.Run.Profile.Timezone, out var known, out _) ? known : DateTimeZone.Utc;
        if (!WhenText.TryParse(when, time.GetUtcNow().ToInstant(), zone, out var at, out var problem))
            return ToolResult.Error($"'when' {problem}.");
        return new ToolResult($"Noted for {LocalText.In(at, zone)}.")
        {
            Intent = new ToolIntent(IntentKinds.FollowUp, NewEvent.Json(new FollowUpIntent(at.ToDateTimeOffset(), about.Trim()))),
        };
    }
}
