using System.Text;
using System.Text.RegularExpressions;

namespace Vigil.Tools.Web;

/// <summary>Bytes of a page to text: byte order mark first, then the header, then what an HTML page says of itself, else UTF-8.</summary>
internal static partial class TextEncoding
{
    public static string Decode(byte[] body, string? charset, bool html)
    {
        var encoding = Marked(body) ?? Named(charset) ?? (html ? Named(Declared(body)) : null) ?? Encoding.UTF8;
        var text = encoding.GetString(body);
        return text.StartsWith('\uFEFF') ? text[1..] : text;
    }

    private static Encoding? Marked(byte[] body) => body switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    private static Encoding? Named(string? charset)
    {
        if (string.IsNullOrWhiteSpace(charset))
            return null;
        var name = charset.Trim('"', '\'', ' ');
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            // An unknown name: the page is read as if it had named none.
            return null;
        }
    }

    private static string? Declared(byte[] body)
        => Charset().Match(Encoding.Latin1.GetString(body, 0, Math.Min(body.Length, 2048))) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Charset();
}
