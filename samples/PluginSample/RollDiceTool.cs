using System.Security.Cryptography;
using System.Text.Json;
using Vigil.Tools;

namespace PluginSample;

/// <summary>A tool for every agent whose profile does not deny <c>roll_dice</c>.</summary>
internal sealed class RollDiceTool(DiceSettings settings) : ITool
{
    public ToolDefinition Definition { get; } = new("roll_dice", "Roll dice and get the sum.", JsonElement.Parse("""
        {
          "type": "object",
          "properties": { "count": { "type": "integer", "minimum": 1, "maximum": 100, "description": "How many dice; default 1" } },
          "additionalProperties": false
        }
        """));

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var count = call.Arguments.TryGetProperty("count", out var given) ? given.GetInt32() : 1;
        // A model may send anything: what is wrong is an answer that it can act on, not an exception.
        if (count is < 1 or > 100)
            return ValueTask.FromResult(ToolResult.Error("'count' must be 1 to 100."));
        var sum = Enumerable.Range(0, count).Sum(_ => RandomNumberGenerator.GetInt32(1, settings.Sides + 1));
        return ValueTask.FromResult(new ToolResult($"{sum}"));
    }
}
