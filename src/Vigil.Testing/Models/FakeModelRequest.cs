using System.Text.Json;

namespace Vigil.Testing.Models;

/// <summary>Which API a request came over.</summary>
public enum FakeModelApi
{
    /// <summary>POST …/chat/completions.</summary>
    OpenAI,

    /// <summary>POST …/messages.</summary>
    Anthropic,
}

/// <summary>One request as it came over the wire.</summary>
public sealed class FakeModelRequest
{
    private readonly TaskCompletionSource _clientGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FakeModelRequest(int number, FakeModelApi api, string path, string connection, IReadOnlyDictionary<string, string> headers, byte[] raw)
    {
        Connection = connection;
        Number = number;
        Api = api;
        Path = path;
        Headers = headers;
        Raw = raw;
        using var document = JsonDocument.Parse(raw);
        Json = document.RootElement.Clone();
    }

    /// <summary>From 1, in order of arrival.</summary>
    public int Number { get; }

    public FakeModelApi Api { get; }

    public string Path { get; }

    /// <summary>Equal for requests that came over one connection.</summary>
    public string Connection { get; }

    /// <summary>By name, whatever the case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    public ReadOnlyMemory<byte> Raw { get; }

    public JsonElement Json { get; }

    /// <summary>Completes when the client hangs up before the answer is whole.</summary>
    public Task ClientGone => _clientGone.Task;

    public string Body => System.Text.Encoding.UTF8.GetString(Raw.Span);

    public string Model => Json.GetProperty("model").GetString()!;

    public bool Stream => Json.TryGetProperty("stream", out var stream) && stream.ValueKind is JsonValueKind.True;

    /// <summary>The bearer key, else x-api-key, else null.</summary>
    public string? Key => Headers.TryGetValue("Authorization", out var bearer) && bearer.StartsWith("Bearer ", StringComparison.Ordinal)
        ? bearer["Bearer ".Length..]
        : Headers.GetValueOrDefault("x-api-key");

    public IReadOnlyList<JsonElement> Messages => [.. Json.GetProperty("messages").EnumerateArray()];

    /// <summary>All system text.</summary>
    public string SystemText => string.Join('\n', Json.TryGetProperty("system", out var system)
        ? [Text(system)]
        : Messages.Where(message => Role(message) is "system" or "developer").Select(Content));

    /// <summary>The text of the last message that a user wrote; tool results do not count.</summary>
    public string LastUserText => Messages.Where(message => Role(message) is "user").Select(Content).LastOrDefault(text => text.Length > 0) ?? "";

    /// <summary>Whether the request brings results of tools that the last reply asked for.</summary>
    public bool BringsToolResults => Messages is [.., var last] && (Role(last) is "tool" || Parts(last).Any(part => Type(part) is "tool_result"));

    public IReadOnlyList<string> ToolNames => Json.TryGetProperty("tools", out var tools)
        ? [.. tools.EnumerateArray().Select(tool => (tool.TryGetProperty("function", out var function) ? function : tool).GetProperty("name").GetString()!)]
        : [];

    internal void MarkClientGone() => _clientGone.TrySetResult();

    private static string? Role(JsonElement message) => message.GetProperty("role").GetString();

    private static string? Type(JsonElement part) => part.TryGetProperty("type", out var type) ? type.GetString() : null;

    private static string Content(JsonElement message) => message.TryGetProperty("content", out var content) ? Text(content) : "";

    private static IEnumerable<JsonElement> Parts(JsonElement message)
        => message.TryGetProperty("content", out var content) && content.ValueKind is JsonValueKind.Array ? content.EnumerateArray() : [];

    private static string Text(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Join('\n', content.EnumerateArray().Where(part => Type(part) is "text").Select(part => part.GetProperty("text").GetString())),
        _ => "",
    };
}
