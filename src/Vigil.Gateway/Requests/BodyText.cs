using System.Globalization;
using System.Text.Unicode;
using Vigil.Errors;

namespace Vigil.Gateway.Requests;

/// <summary>
/// Looks at the bytes of a body before anything is read from it. A JSON parser lets texts pass that are none, bytes that are no UTF-8 and halves of surrogate pairs; whoever
/// reads such a text later fails in the middle of his work.
/// </summary>
internal static class BodyText
{
    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>The body without the mark that some editors and shells put before it.</summary>
    /// <exception cref="FaultException">A text of the body cannot be read.</exception>
    public static ReadOnlyMemory<byte> Checked(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith(Mark))
            body = body[Mark.Length..];
        if (!Utf8.IsValid(body.Span))
            throw Bad("The body is no UTF-8.");
        return HasHalfPair(body.Span) ? throw Bad("The body holds half of a surrogate pair (\\ud800 to \\udfff) without its other half.") : body;
    }

    // In JSON a backslash stands in texts alone, so each one begins an escape.
    private static bool HasHalfPair(ReadOnlySpan<byte> json)
    {
        for (var rest = json; rest.IndexOf((byte)'\\') is >= 0 and var at;)
        {
            rest = rest[at..];
            if (Escaped(rest) is not { } unit)
            {
                rest = rest[Math.Min(2, rest.Length)..];
                continue;
            }
            rest = rest[6..];
            if (char.IsLowSurrogate(unit))
                return true;
            if (!char.IsHighSurrogate(unit))
                continue;
            if (Escaped(rest) is not { } second || !char.IsLowSurrogate(second))
                return true;
            rest = rest[6..];
        }
        return false;
    }

    private static char? Escaped(ReadOnlySpan<byte> text)
        => text.Length >= 6 && text[0] == '\\' && text[1] == 'u' && ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : null;

    private static FaultException Bad(string problem) => new(new Fault("bad_json", problem, "Send JSON in UTF-8; an escaped character beyond U+FFFF is two escapes."));
}
