using System.Text.Json;
using Vigil.Events;
using Vigil.Notify;

namespace Vigil.Tools.Source;

/// <summary>What <c>notify_user</c> was called with.</summary>
public sealed record NotifyIntent(string Text, Urgency Urgency, string? Topic);

/// <summary>
/// How a work speaks to the person. The call itself reaches nobody: it is journaled as an intent, and the gates decide in the commit.
/// A text of only spaces is taken too, so that the silence has a recorded reason.
/// </summary>
internal sealed class NotifyUserTool : ITool
{
    private const int LongestText = 8000;
    private const int LongestTopic = 100;

    public ToolDefinition Definition { get; } = new("notify_user",
        "Tell the person something. This is the only way to reach them: your other text is not shown to them. Use it only for what is new and worth an interruption; "
        + "if nothing is, do not call it.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "text": { "type": "string", "description": "The message, complete in itself" },
            "urgency": { "type": "string", "enum": ["low", "normal", "urgent"], "description": "low: can wait for a digest; normal (default); urgent: worth waking them" },
            "topic": { "type": "string", "description": "A short stable name of the matter, so that the same news is not told twice, for example disk-space" }
          },
          "required": ["text"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken) => ValueTask.FromResult(Taken(call));

    private static ToolResult Taken(ToolCall call)
    {
        if (call.Text("text") is not { } text)
            return ToolArguments.Missing("text", "the message for the person");
        if (text.Length > LongestText)
            return ToolResult.Error($"'text' is longer than {LongestText} characters; say it shorter.");
        Urgency? urgency = call.Arguments.TryGetProperty("urgency", out var given) ? Read(given) : Urgency.Normal;
        if (urgency is not { } known)
            return ToolResult.Error($"'urgency' must be low, normal or urgent, not {given.GetRawText()}.");
        if (call.Arguments.TryGetProperty("topic", out var topic) && topic.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            return ToolResult.Error("'topic' must be a short text.");
        var matter = call.Text("topic") is { } named && !string.IsNullOrWhiteSpace(named) ? named.Trim() : null;
        if (matter?.Length > LongestTopic)
            return ToolResult.Error($"'topic' is longer than {LongestTopic} characters; it names the matter, it is not the message.");
        return new ToolResult("Taken. It will be passed on unless it repeats what was said lately; whether and when it reaches the person is decided after this run.")
        {
            Intent = new ToolIntent(IntentKinds.Notify, NewEvent.Json(new { text, urgency = known.ToString().ToLowerInvariant(), topic = matter })),
        };
    }

    private static Urgency? Read(JsonElement given) => given.ValueKind switch
    {
        JsonValueKind.Null => Urgency.Normal,
        JsonValueKind.String => given.GetString() switch
        {
            "low" => Urgency.Low,
            "normal" => Urgency.Normal,
            "urgent" => Urgency.Urgent,
            _ => null,
        },
        _ => null,
    };
}
