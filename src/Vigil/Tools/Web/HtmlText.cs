using System.Net;
using System.Text;

namespace Vigil.Tools.Web;

/// <summary>
/// Readable text out of HTML: headings, paragraphs, lists, links and tables as plain lines; scripts, styles and markup left out.
/// One pass over the characters, so a hostile page costs no more than its length.
/// </summary>
internal sealed class HtmlText
{
    private static readonly HashSet<string> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "select", "textarea", "math",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "ul", "ol", "dl", "dt", "dd", "table", "tr", "blockquote", "figure",
        "figcaption", "form", "fieldset", "address", "details", "summary", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "title", "body", "head", "li", "br",
    };

    private readonly StringBuilder _out = new();
    private int _breaks;
    private bool _space;
    private int _pre;
    private string? _link;

    public static string Read(string html)
    {
        var text = new HtmlText();
        text.Run(html);
        return text._out.ToString().TrimEnd();
    }

    private void Run(string html)
    {
        var at = 0;
        while (at < html.Length)
        {
            var open = html.IndexOf('<', at);
            if (open < 0)
                open = html.Length;
            if (open > at)
                Words(WebUtility.HtmlDecode(html[at..open]));
            if (open == html.Length)
                return;
            at = Markup(html, open);
        }
    }

    /// <returns>Where the text goes on.</returns>
    private int Markup(string html, int open)
    {
        if (html.AsSpan(open).StartsWith("<!--"))
            return After(html, "-->", open + 4);
        var name = open + 1;
        var closing = name < html.Length && html[name] == '/';
        if (closing)
            name++;
        if (name >= html.Length || !(char.IsAsciiLetter(html[name]) || (!closing && html[name] is '!' or '?')))
        {
            Words("<");
            return open + 1;
        }
        var end = name;
        while (end < html.Length && (char.IsAsciiLetterOrDigit(html[end]) || html[end] == '-'))
            end++;
        var tag = html[name..end];
        var close = TagEnd(html, end);
        if (!closing && Dropped.Contains(tag))
            return html[close - 1] == '>' && close >= 2 && html[close - 2] == '/' ? close : Skip(html, tag, close);
        Tag(tag, closing, html.AsSpan(end, close - end));
        return close;
    }

    private void Tag(string tag, bool closing, ReadOnlySpan<char> attributes)
    {
        var lower = tag.ToLowerInvariant();
        if (Blocks.Contains(lower))
            Break(lower is "br" or "li" or "tr" or "dt" or "dd" ? 1 : 2);
        switch (lower)
        {
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6" when !closing:
                Put(new string('#', lower[1] - '0') + " ");
                break;
            case "li" when !closing:
                Put("- ");
                break;
            case "td" or "th" when !closing:
                if (_out.Length > 0 && _breaks == 0)
                    Put(" | ");
                break;
            case "pre":
                _pre = Math.Max(0, _pre + (closing ? -1 : 1));
                break;
            case "img" when Attribute(attributes, "alt") is { Length: > 0 } alt:
                Words($"[{alt}]");
                break;
            case "a" when !closing:
                _link = Attribute(attributes, "href");
                break;
            case "a":
                if (_link is not null && (_link.StartsWith("http", StringComparison.OrdinalIgnoreCase) || _link.StartsWith('/')))
                    Put($" ({_link})");
                _link = null;
                break;
        }
    }

    private void Words(string text)
    {
        foreach (var c in text)
        {
            if (_pre > 0 && c == '\n')
                Break(1);
            else if (char.IsWhiteSpace(c) && (_pre == 0 || c == '\r'))
                _space = true;
            else if (!char.IsControl(c) || c == '\t')
                Put(c);
        }
    }

    private void Put(string text)
    {
        foreach (var c in text)
            Put(c);
    }

    private void Put(char c)
    {
        if (_out.Length > 0 && _breaks > 0)
            _out.Append('\n', _breaks);
        else if (_space && _out.Length > 0 && _out[^1] != ' ' && c != ' ')
            _out.Append(' ');
        _breaks = 0;
        _space = false;
        _out.Append(c);
    }

    private void Break(int lines)
    {
        _breaks = Math.Max(_breaks, lines);
        _space = false;
    }

    // The end of a tag, past its '>': one inside a quoted attribute does not count.
    private static int TagEnd(string html, int at)
    {
        var quote = '\0';
        for (; at < html.Length; at++)
        {
            var c = html[at];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c == '>')
                return at + 1;
            else if (c is '"' or '\'' && html[at - 1] == '=')
                quote = c;
        }
        return html.Length;
    }

    private static int Skip(string html, string tag, int at)
    {
        var close = html.IndexOf($"</{tag}", at, StringComparison.OrdinalIgnoreCase);
        return close < 0 ? html.Length : TagEnd(html, close + tag.Length + 2);
    }

    private static int After(string html, string mark, int at)
        => html.IndexOf(mark, Math.Min(at, html.Length), StringComparison.Ordinal) is var end and >= 0 ? end + mark.Length : html.Length;

    private static string? Attribute(ReadOnlySpan<char> attributes, string name)
    {
        for (var from = 0; from < attributes.Length;)
        {
            var index = attributes[from..].IndexOf(name, StringComparison.OrdinalIgnoreCase);
            if (index < 0)
                return null;
            var at = from + index;
            from = at + name.Length;
            if (at == 0 || !char.IsWhiteSpace(attributes[at - 1]))
                continue;
            var rest = attributes[from..].TrimStart();
            if (rest.IsEmpty || rest[0] != '=')
                continue;
            rest = rest[1..].TrimStart();
            if (rest.IsEmpty)
                return null;
            var end = rest[0] is '"' or '\'' ? rest[1..].IndexOf(rest[0]) : rest.IndexOfAny(" \t\r\n>");
            var value = rest[0] is '"' or '\'' ? end < 0 ? rest[1..] : rest.Slice(1, end) : end < 0 ? rest : rest[..end];
            return WebUtility.HtmlDecode(value.ToString());
        }
        return null;
    }
}
