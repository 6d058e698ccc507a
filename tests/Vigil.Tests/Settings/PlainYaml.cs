using System.Text.RegularExpressions;

namespace Vigil.Tests.Settings;

/// <summary>As much of YAML as a compose file needs: maps, lists, plain and quoted text, block text, anchors and merges. Everything else is refused.</summary>
internal sealed partial class PlainYaml
{
    private PlainYaml(object? value) => Value = value;

    public IReadOnlyDictionary<string, PlainYaml> Map => Value as Dictionary<string, PlainYaml> ?? throw new FormatException($"No map: {Value}");

    public IReadOnlyList<PlainYaml> List => Value as List<PlainYaml> ?? throw new FormatException($"No list: {Value}");

    public string Text => Value as string ?? throw new FormatException("No text.");

    private object? Value { get; }

    public PlainYaml At(string key) => Map.TryGetValue(key, out var found) ? found : throw new FormatException($"There is no '{key}'.");

    public bool Has(string key) => Map.ContainsKey(key);

    public static PlainYaml Parse(string text)
    {
        var reader = new Reader(text);
        var all = reader.Block(0);
        return reader.AtEnd ? all : throw new FormatException("The indentation does not fit.");
    }

    [GeneratedRegex(@"^([A-Za-z0-9_<.-]+):(?: +(.*))?$")]
    private static partial Regex Entry();

    private sealed class Reader(string text)
    {
        private readonly string[] _lines = text.Split('\n');
        private readonly Dictionary<string, PlainYaml> _anchors = new(StringComparer.Ordinal);
        private int _at;

        public bool AtEnd => Next() is null;

        public PlainYaml Block(int indent)
            => Next() is { } line && line.Indent == indent && line.Text.StartsWith("- ", StringComparison.Ordinal) ? new PlainYaml(ListOf(indent)) : new PlainYaml(MapOf(indent));

        private List<PlainYaml> ListOf(int indent)
        {
            var list = new List<PlainYaml>();
            while (Next() is { } line && line.Indent == indent && line.Text.StartsWith("- ", StringComparison.Ordinal))
            {
                _at++;
                list.Add(Inline(line.Text[2..].Trim(), indent));
            }
            return list;
        }

        private Dictionary<string, PlainYaml> MapOf(int indent)
        {
            var map = new Dictionary<string, PlainYaml>(StringComparer.Ordinal);
            var merged = new Dictionary<string, PlainYaml>(StringComparer.Ordinal);
            while (Next() is { } line && line.Indent == indent)
            {
                if (Entry().Match(line.Text) is not { Success: true } entry)
                    throw new FormatException($"No entry: {line.Text}");
                _at++;
                var key = entry.Groups[1].Value;
                var value = Inline(entry.Groups[2].Value.Trim(), indent);
                if (key == "<<")
                    merged = value.Map.ToDictionary(StringComparer.Ordinal);
                else if (!map.TryAdd(key, value))
                    throw new FormatException($"'{key}' stands twice.");
            }
            foreach (var (key, value) in merged)
                map.TryAdd(key, value);
            return map;
        }

        private PlainYaml Inline(string text, int indent)
        {
            if (text.StartsWith('*'))
                return _anchors.TryGetValue(text[1..], out var known) ? known : throw new FormatException($"Nothing is named {text}.");
            string? anchor = null;
            if (text.StartsWith('&'))
                (anchor, text) = text.Split(' ', 2) is [var name, var rest] ? (name[1..], rest) : (text[1..], "");
            var value = text switch
            {
                "" => Next() is { } line && line.Indent > indent ? Block(line.Indent) : new PlainYaml(""),
                "|" => new PlainYaml(BlockText(indent)),
                ['[', .., ']'] => new PlainYaml(text[1..^1].Split(", ").Select(item => new PlainYaml(Scalar(item))).ToList()),
                ['[' or '{', ..] => throw new FormatException($"Not closed: {text}"),
                _ => new PlainYaml(Scalar(text)),
            };
            if (anchor is not null)
                _anchors.Add(anchor, value);
            return value;
        }

        private string BlockText(int indent)
        {
            var lines = new List<string>();
            while (_at < _lines.Length && (_lines[_at].Length == 0 || Indent(_lines[_at]) > indent))
                lines.Add(_lines[_at++].Trim());
            return string.Join('\n', lines);
        }

        private static string Scalar(string text) => text switch
        {
            ['"', .., '"'] => text[1..^1],
            ['"', ..] => throw new FormatException($"Not closed: {text}"),
            _ => text,
        };

        private (int Indent, string Text)? Next()
        {
            while (_at < _lines.Length && _lines[_at].Trim() is "" or ['#', ..])
                _at++;
            return _at < _lines.Length ? (Indent(_lines[_at]), _lines[_at].Trim()) : null;
        }

        private static int Indent(string line)
            => line.TrimStart(' ') is var rest && !rest.StartsWith('\t') ? line.Length - rest.Length : throw new FormatException("A tab.");
    }
}
