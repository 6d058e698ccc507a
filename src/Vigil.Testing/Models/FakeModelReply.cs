namespace Vigil.Testing.Models;

/// <param name="Arguments">As the model writes them; need not be JSON.</param>
public sealed record FakeToolCall(string Name, string Arguments = "{}", string? Id = null);

/// <summary>What the fake server answers, and what goes wrong on the way.</summary>
public sealed record FakeModelReply
{
    public string Text { get; init; } = "";

    public string? Reasoning { get; init; }

    public IReadOnlyList<FakeToolCall> ToolCalls { get; init; } = [];

    /// <summary>The model that the answer names; null repeats the one asked for.</summary>
    public string? Model { get; init; }

    /// <summary>In the words of the API; null means what the reply amounts to.</summary>
    public string? Finish { get; init; }

    /// <summary>All input, cached tokens included.</summary>
    public int InputTokens { get; init; } = 10;

    public int CachedInputTokens { get; init; }

    public int OutputTokens { get; init; } = 5;

    public int Status { get; init; } = 200;

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Sent as it is, instead of everything above. For an error: its JSON.</summary>
    public string? RawBody { get; init; }

    public string? ContentType { get; init; }

    /// <summary>OpenAI: an answer without any choice.</summary>
    public bool NoChoices { get; init; }

    /// <summary>The answer ends after so many pieces of content; 0 ends it right after its beginning. Pieces are words, tool calls and reasoning.</summary>
    public int? CutAfter { get; init; }

    /// <summary>A cut answer ends as a proper HTTP response instead of a torn connection.</summary>
    public bool CutQuietly { get; init; }

    /// <summary>Sent as an event in place of the cut end: the error JSON of the API.</summary>
    public string? ErrorEvent { get; init; }

    /// <summary>Nothing is sent, not even a status, until this completes.</summary>
    public Task? Hold { get; init; }

    /// <summary>After <see cref="HoldAt"/> pieces nothing more is sent until this completes.</summary>
    public Task? HoldWithin { get; init; }

    public int HoldAt { get; init; }

    public static FakeModelReply Say(string text) => new() { Text = text };

    public static FakeModelReply Call(string tool, string arguments = "{}", string? id = null) => new() { ToolCalls = [new FakeToolCall(tool, arguments, id)] };

    public static FakeModelReply Fail(int status, string? retryAfter = null, string? body = null) => new()
    {
        Status = status,
        Headers = retryAfter is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["Retry-After"] = retryAfter },
        RawBody = body ?? $$"""{ "type": "error", "error": { "type": "fake_error", "message": "status {{status}}" } }""",
    };

    public static FakeModelReply Cut(string text, int after) => new() { Text = text, CutAfter = after };

    /// <summary>Silent until released; then it says the text.</summary>
    public static FakeModelReply Stall(Task release, string text = "late") => new() { Text = text, Hold = release };
}
