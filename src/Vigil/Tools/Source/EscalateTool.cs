using Vigil.Events;

namespace Vigil.Tools.Source;

/// <summary>What <c>escalate</c> was called with.</summary>
public sealed record EscalateIntent(string Reason);

/// <summary>Ends a cheap model's turn and asks for the stronger one.</summary>
internal sealed class EscalateTool : ITool
{
    private const int Longest = 4000;

    public ToolDefinition Definition { get; } = new("escalate",
        "Hand over to a stronger model when this needs more judgement than you have. Your turn ends; it sees what you found and goes on.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "reason": { "type": "string", "description": "What you found and what needs to be decided" }
          },
          "required": ["reason"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("reason") is not { } reason || string.IsNullOrWhiteSpace(reason))
            return ValueTask.FromResult(ToolArguments.Missing("reason", "what you found and what needs to be decided"));
        var said = reason.Length <= Longest ? reason : reason[..Longest];
        return ValueTask.FromResult(new ToolResult("Handed over.")
        {
            EndsTurn = true,
            Intent = new ToolIntent(IntentKinds.Escalate, NewEvent.Json(new EscalateIntent(said.Trim()))),
        });
    }
}
