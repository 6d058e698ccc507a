using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Vigil.Errors;

namespace Vigil.Gateway.Requests;

/// <summary>
/// Looks at the bytes of a body before anything is read from it. A JSON parser lets texts pass that are none, bytes that are no UTF-8 and halves of surrogate pairs; whoever
/// reads such a text later fails in the middle of his work. The mark that some editors and shells put before a body is left out.
/// </summary>
internal static class BodyText
{
    private const int EscapeLength = 6;

    /// <summary>For those who call us on purpose: they are told.</summary>
    /// <exception cref="FaultException">A text of the body cannot be read.</exception>
    public static ReadOnlyMemory<byte> Checked(ReadOnlyMemory<byte> body)
    {
        body = Unmarked(body);
        if (!Utf8.IsValid(body.Span))
            throw Bad("The body is no UTF-8.");
        return HalfPair(body.Span, 0) < 0 ? body : throw Bad("The body holds half of a surrogate pair (\\ud800 to \\udfff) without its other half.");
    }

    /// <summary>
    /// For posts of strangers, whose programs cut texts by length: half of an emoji, or half of its bytes, becomes the sign for something unreadable. To refuse it would lose the
    /// rest of what it says, and its sender would send it again and again.
    /// </summary>
    public static ReadOnlyMemory<byte> Mended(ReadOnlyMemory<byte> body)
    {
        var mended = Unmarked(body).ToArray();
        if (!Utf8.IsValid(mended))
            mended = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(mended));
        for (var half = HalfPair(mended, 0); half >= 0; half = HalfPair(mended, half + EscapeLength))
            "FFFD"u8.CopyTo(mended.AsSpan(half + 2));
        return mended;
    }

    private static ReadOnlyMemory<byte> Unmarked(ReadOnlyMemory<byte> body) => body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;

    // Where the first such half stands. In JSON a backslash stands in texts alone, so each one begins an escape.
    private static int HalfPair(ReadOnlySpan<byte> json, int from)
    {
        for (var at = from; at < json.Length && json[at..].IndexOf((byte)'\\') is >= 0 and var ahead;)
        {
            at += ahead;
            if (Escaped(json[at..]) is not { } unit)
                at += 2;
            else if (!char.IsSurrogate(unit))
                at += EscapeLength;
            else if (char.IsHighSurrogate(unit) && Escaped(json[(at + EscapeLength)..]) is { } second && char.IsLowSurrogate(second))
                at += 2 * EscapeLength;
            else
                return at;
        }
        return -1;
    }

    private static char? Escaped(ReadOnlySpan<byte> text)
        => text.Length >= EscapeLength && text[0] == '\\' && text[1] == 'u' && ushort.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;

    private static FaultException Bad(string problem) => new(new Fault("bad_json", problem, "Send JSON in UTF-8; an escaped character beyond U+FFFF is two escapes."));
}
