using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;

namespace Vigil.Models.Anthropic;

/// <summary>
/// Two marks. One ends the stable prefix: it covers the tools and the system text before it. One ends the last tool result,
/// so that the next step of a tool loop reads the whole conversation from the cache; a turn without tools does not pay for writing it.
/// </summary>
internal static class CacheMarks
{
    public static IReadOnlyList<ChatMessage> Apply(IEnumerable<ChatMessage> messages)
    {
        var marked = messages.ToList();
        if (FindStableEnd(marked) is { } end)
            marked[end.Message] = Mark(marked[end.Message], end.Content);
        if (marked.Count > 0 && marked[^1].Role == ChatRole.Tool && marked[^1].Contents.Count > 0)
            marked[^1] = Mark(marked[^1], marked[^1].Contents.Count - 1);
        return marked;
    }

    // The context's own mark, else the end of the first system message.
    private static (int Message, int Content)? FindStableEnd(List<ChatMessage> messages)
    {
        (int, int)? first = null;
        for (var i = 0; i < messages.Count && messages[i].Role == ChatRole.System; i++)
            for (var j = 0; j < messages[i].Contents.Count; j++)
            {
                if (StablePrefix.EndsAt(messages[i].Contents[j]))
                    return (i, j);
                if (i == 0)
                    first = (i, j);
            }

        return first;
    }

    // The SDK keeps the mark on the content itself, and contents are shared with sessions and other calls: mark a copy.
    private static ChatMessage Mark(ChatMessage message, int index)
    {
        AIContent? copy = message.Contents[index] switch
        {
            TextContent { Text.Length: > 0 } text => new TextContent(text.Text).WithCacheControl(new CacheControlEphemeral()),
            FunctionResultContent result => new FunctionResultContent(result.CallId, result.Result) { Exception = result.Exception }
                .WithCacheControl(new CacheControlEphemeral()),
            _ => null,
        };
        if (copy is null)
            return message;
        var marked = message.Clone();
        marked.Contents = [.. message.Contents];
        marked.Contents[index] = copy;
        return marked;
    }
}
