using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Vigil.Models.Scripted;

/// <summary>A scripted model's file, see docs/scripted-model.md.</summary>
internal sealed record Script
{
    private static readonly JsonSerializerOptions s_reading = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    public required IReadOnlyList<ScriptRule> Replies { get; init; }

    /// <exception cref="JsonException">No script; the message names the place.</exception>
    public static Script Parse(string text)
    {
        var script = JsonSerializer.Deserialize<Script>(text, s_reading) ?? throw new JsonException("A script is an object with \"replies\".");
        for (var i = 0; i < script.Replies.Count; i++)
            script.Replies[i].Check(i);
        return script;
    }
}

internal sealed record ScriptRule
{
    /// <summary>Text that the last words of the user hold, whatever the case.</summary>
    public string? Match { get; init; }

    public string? MatchRegex { get; init; }

    /// <summary>Only right after a result of this tool; <c>*</c> for any tool, an empty text for none.</summary>
    public string? AfterTool { get; init; }

    /// <summary>How often the rule may serve; 0 means for ever.</summary>
    public int Times { get; init; } = 1;

    public string? Reply { get; init; }

    public string? Reasoning { get; init; }

    public IReadOnlyList<ScriptedToolCall> ToolCalls { get; init; } = [];

    public int DelayMs { get; init; }

    public ScriptedError? Error { get; init; }

    public ScriptedUsage? Usage { get; init; }

    /// <summary>The model that the reply claims to come from.</summary>
    public string? Model { get; init; }

    /// <summary>stop, length, tool_calls, content_filter; by default what the reply amounts to.</summary>
    public string? Finish { get; init; }

    public void Check(int index)
    {
        if (Reply is null && ToolCalls.Count == 0 && Error is null)
            throw new JsonException($"replies[{index}] has neither reply, toolCalls nor error.");
        if (MatchRegex is not null)
            try
            {
                _ = Regex(MatchRegex);
            }
            catch (ArgumentException e)
            {
                throw new JsonException($"replies[{index}].matchRegex: {e.Message}", e);
            }
    }

    public bool Fits(string lastUserText, string? lastTool)
        => (Match is null || lastUserText.Contains(Match, StringComparison.OrdinalIgnoreCase))
           && (MatchRegex is null || Regex(MatchRegex).IsMatch(lastUserText))
           && (AfterTool is null || (AfterTool is "*" ? lastTool is not null : AfterTool == (lastTool ?? "")));

    private static Regex Regex(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}

internal sealed record ScriptedToolCall(string Name)
{
    public IReadOnlyDictionary<string, JsonElement> Arguments { get; init; } = new Dictionary<string, JsonElement>();

    public string? Id { get; init; }
}

internal sealed record ScriptedError(int Status)
{
    /// <summary>Seconds.</summary>
    public double? RetryAfter { get; init; }

    public string Message { get; init; } = "";
}

internal sealed record ScriptedUsage(long Input, long Output)
{
    public long CachedInput { get; init; }
}
