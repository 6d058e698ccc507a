using System.Globalization;
using System.Text;
using Vigil.Sessions;

namespace Vigil.Tools;

/// <summary>Finds what was said in the agent's own conversations.</summary>
internal sealed class SessionSearchTool(Lazy<ISessionStore> sessions) : ITool
{
    private const int Default = 8;
    private const int Most = 30;
    private const int LongestExcerpt = 600;

    public ToolDefinition Definition { get; } = new("session_search", "Search your past conversations for messages that hold all given words, newest first.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "words": { "type": "string" },
            "limit": { "type": "integer", "minimum": 1, "maximum": 30, "description": "Messages at most; default 8" }
          },
          "required": ["words"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
        Outside = true,
    };

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("words") is not { } words || string.IsNullOrWhiteSpace(words))
            return ToolArguments.Missing("words", "what to look for");
        var limit = Math.Clamp(call.Number("limit") ?? Default, 1, Most);
        var found = await sessions.Value.SearchAsync(call.Run.Agent, words, limit, cancellationToken);
        var text = new StringBuilder();
        // The store answers for this agent alone; the second look costs nothing and keeps a mistake there from crossing agents.
        foreach (var (key, message) in found.Where(hit => hit.Key.Agent == call.Run.Agent))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{message.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {key}, {message.Message.Role}:")
                .AppendLine(Excerpt(message.Message.Text, words)).AppendLine();
        }
        return new ToolResult(text.Length == 0 ? "[no message holds all of these words]" : text.ToString().TrimEnd());
    }

    private static string Excerpt(string text, string words)
    {
        if (text.Length <= LongestExcerpt)
            return text;
        var hit = words.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => text.IndexOf(word, StringComparison.OrdinalIgnoreCase))
            .Where(index => index >= 0)
            .DefaultIfEmpty(0)
            .Min();
        var start = Math.Clamp(hit - (LongestExcerpt / 3), 0, text.Length - LongestExcerpt);
        return $"{(start > 0 ? "…" : "")}{text.AsSpan(start, LongestExcerpt)}{(start + LongestExcerpt < text.Length ? "…" : "")}";
    }
}
