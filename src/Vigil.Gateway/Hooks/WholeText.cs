using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Vigil.Gateway.Hooks;

/// <summary>
/// JSON from programs that cut texts by length: half of an emoji, or half of its bytes, becomes the sign for something unreadable. Refusing such a body would lose the rest of
/// what it says, and its sender would send it again and again.
/// </summary>
internal static class WholeText
{
    private const int EscapeLength = 6;

    private static readonly byte[] s_unreadable = "FFFD"u8.ToArray();

    /// <summary>The bytes themselves when nothing is wrong with them.</summary>
    public static byte[] Of(byte[] json)
    {
        var whole = json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
        if (!Utf8.IsValid(whole))
            whole = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(whole));
        for (var at = 0; whole.AsSpan(at).IndexOf((byte)'\\') is >= 0 and var ahead;)
        {
            at += ahead;
            var unit = Unit(whole, at);
            if (unit is { } high && char.IsHighSurrogate(high) && Unit(whole, at + EscapeLength) is { } low && char.IsLowSurrogate(low))
            {
                at += 2 * EscapeLength;
                continue;
            }
            if (unit is { } half && char.IsSurrogate(half))
            {
                whole = ReferenceEquals(whole, json) ? [.. json] : whole;
                s_unreadable.CopyTo(whole, at + 2);
            }
            // An escaped backslash does not begin another escape.
            at = Math.Min(whole.Length, at + 2);
        }
        return whole;
    }

    private static char? Unit(byte[] json, int at)
        => at + EscapeLength <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
           && ushort.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
