using System.Globalization;
using System.Text;

namespace Vigil.Tools.Memory;

/// <summary>Looks up what the agent remembered, or what a person wrote into its memory.</summary>
internal sealed class MemorySearchTool(IMemoryIndex index) : ITool
{
    private const int Default = 6;
    private const int Most = 20;

    public ToolDefinition Definition { get; } = new("memory_search", "Search your memory files by words; the best passages come first.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "words": { "type": "string", "description": "A few telling words" },
            "limit": { "type": "integer", "minimum": 1, "maximum": 20, "description": "Passages at most; default 6" }
          },
          "required": ["words"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("words") is not { } words || string.IsNullOrWhiteSpace(words))
            return ToolArguments.Missing("words", "a few telling words");
        var passages = await index.SearchAsync(call.Run.Agent, words, Math.Clamp(call.Number("limit") ?? Default, 1, Most), cancellationToken);
        if (passages.Count == 0)
            return new ToolResult("[nothing in memory matches]");
        var text = new StringBuilder();
        foreach (var passage in passages)
            text.AppendLine(CultureInfo.InvariantCulture, $"{passage.File}, line {passage.Line}:").AppendLine(passage.Text).AppendLine();
        return new ToolResult(text.ToString().TrimEnd());
    }
}
