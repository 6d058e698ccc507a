using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Vigil.Agents;

/// <summary>The name of an agent: 1–64 of a–z, 0–9, '-' and '_', beginning with a letter or digit. It is also the name of the agent's directory.</summary>
public readonly record struct AgentId : IParsable<AgentId>
{
    public const string Rule = "1-64 of a-z, 0-9, '-' and '_', beginning with a letter or digit";

    private static readonly SearchValues<char> s_letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string? _value;

    private AgentId(string value) => _value = value;

    public static AgentId Main { get; } = new("main");

    public string Value => _value ?? "main";

    public static bool IsLegal([NotNullWhen(true)] string? text)
        => text is { Length: > 0 and <= 64 }
           && char.IsAsciiLetterOrDigit(text[0])
           && !text.AsSpan().ContainsAnyExcept(s_letters);

    /// <summary>What to say to somebody whose text is no id, though it may be one in lower case.</summary>
    public static string HintFor(string? text)
        => text?.Trim().ToLowerInvariant() is { } lower && lower != text && IsLegal(lower) ? $"Did you mean {lower}? An id is {Rule}." : $"An id is {Rule}.";

    /// <exception cref="FormatException">The text is no legal agent id.</exception>
    public static AgentId Parse(string s, IFormatProvider? provider = null)
        => TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is no agent id: {Rule}.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AgentId result)
    {
        var legal = IsLegal(s);
        result = legal ? new AgentId(s!) : default;
        return legal;
    }

    public override string ToString() => Value;
}
