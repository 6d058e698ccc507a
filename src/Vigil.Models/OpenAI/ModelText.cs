using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vigil.Models.OpenAI;

/// <summary>
/// Reads texts of servers that cut a character beyond U+FFFF in two, into two chunks or by the edge of a token. A JSON reader refuses such a half, and with it the whole answer;
/// here halves that follow each other are joined, and one that stays alone becomes U+FFFD.
/// </summary>
internal static partial class ModelText
{
    /// <summary>The text as it came, halves and all.</summary>
    public static string Read(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Escape().Replace(text.GetRawText()[1..^1], Unescaped);
        }
    }

    public static string Whole(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            whole.Append(rune.ToString());
        return whole.ToString();
    }

    /// <summary>The next piece of a stream. A half at its end waits for the piece after it.</summary>
    public static string Join(ref string waiting, string piece)
    {
        var text = waiting + piece;
        var cut = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
        waiting = text[cut..];
        return Whole(text[..cut]);
    }

    /// <summary>JSON that is itself a text, as a tool's arguments are: there halves may stand as escapes too.</summary>
    public static string WholeJson(string json) => Halves().Replace(Whole(json), match => match.Length == 6 ? @"\ufffd" : match.Value);

    private static string Unescaped(Match match) => match.Value[1] switch
    {
        'u' => ((char)ushort.Parse(match.ValueSpan[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString(),
        'b' => "\b",
        'f' => "\f",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        var itself => itself.ToString(),
    };

    [GeneratedRegex(@"\\(?:u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();

    // A pair, a half, any other escape: the last is there so that an escaped backslash before a 'u' is not taken for one of the first two.
    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\[^u]")]
    private static partial Regex Halves();
}
