using System.Text;

namespace Vigil.Agents;

/// <summary>
/// The name of a conversation: <c>agent:&lt;id&gt;:main</c>, <c>agent:&lt;id&gt;:&lt;platform&gt;:&lt;chat type&gt;:&lt;chat&gt;[:&lt;thread&gt;]</c>
/// or <c>agent:&lt;id&gt;:cron|heartbeat|hook|api|work:…</c>. Parts are escaped, so no two different chats share a key.
/// </summary>
public readonly record struct SessionKey
{
    public const int MaxLength = 512;

    private readonly string? _value;

    private SessionKey(string value) => _value = value;

    public string Value => _value ?? "agent:main:main";

    /// <summary>The agent that owns the conversation.</summary>
    public AgentId Agent => AgentId.Parse(Value.Split(':', 3)[1]);

    public static SessionKey Main(AgentId agent) => new($"agent:{agent}:main");

    /// <summary>Joins escaped parts below an agent. Blank parts are refused.</summary>
    /// <exception cref="FormatException">No part, a blank part, a control character, or the key is longer than <see cref="MaxLength"/>.</exception>
    public static SessionKey For(AgentId agent, params ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
            throw new FormatException("A session key needs at least one part after the agent.");
        var key = new StringBuilder("agent:").Append(agent.Value);
        foreach (var part in parts)
            key.Append(':').Append(Escape(part));
        return key.Length <= MaxLength
            ? new SessionKey(key.ToString())
            : throw new FormatException($"A session key holds at most {MaxLength} characters.");
    }

    public static bool TryParse(string? text, out SessionKey key)
    {
        key = default;
        if (text is null || text.Length > MaxLength)
            return false;
        var parts = text.Split(':');
        if (parts.Length < 3 || parts[0] != "agent" || !AgentId.IsLegal(parts[1]))
            return false;
        if (parts.Skip(2).Any(part => part.Length == 0 || !IsEscaped(part)))
            return false;
        key = new SessionKey(text);
        return true;
    }

    /// <exception cref="FormatException">The text is no session key.</exception>
    public static SessionKey Parse(string text)
        => TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is no session key; a good one is agent:main:main.");

    public override string ToString() => Value;

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '+' or '#' or '=';

    private static string Escape(string part)
    {
        if (string.IsNullOrWhiteSpace(part))
            throw new FormatException("A part of a session key is blank.");
        if (part.Any(char.IsControl))
            throw new FormatException("A part of a session key holds a control character.");
        if (part is "." or "..")
            throw new FormatException($"'{part}' cannot be a part of a session key.");
        if (part.All(IsPlain))
            return part;
        var escaped = new StringBuilder(part.Length + 8);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in part.EnumerateRunes())
        {
            if (rune.IsAscii && IsPlain((char)rune.Value))
            {
                escaped.Append((char)rune.Value);
                continue;
            }
            var length = rune.EncodeToUtf8(utf8);
            foreach (var b in utf8[..length])
                escaped.Append('%').Append(b.ToString("X2", null));
        }
        return escaped.ToString();
    }

    private static bool IsEscaped(string part)
        => part is not ("." or "..") && part.All(c => IsPlain(c) || c == '%');
}
