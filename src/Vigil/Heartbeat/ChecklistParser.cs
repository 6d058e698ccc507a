using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Vigil.Notify;

namespace Vigil.Heartbeat;

/// <summary>Reads a checklist line by line. It never fails: what it does not know is text.</summary>
internal sealed partial class ChecklistParser(IReadOnlyCollection<string>? probes)
{
    private readonly List<Check> _checks = [];
    private readonly List<ChecklistFinding> _findings = [];
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);
    private Draft? _open;

    /// <summary>The indentation of a ticked check: it is skipped with its indented lines, but for unticked boxes among them.</summary>
    private int? _ticked;

    public Checklist Parse(string text)
    {
        var number = 0;
        foreach (var line in WithoutComments(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimStart('\uFEFF')))
            Read(line, ++number);
        Close();
        return new Checklist(_checks, _findings);
    }

    private void Read(string? line, int number)
    {
        // Null is a line of comment alone, which does not even end a paragraph.
        if (line is null)
            return;
        var words = line.Trim();
        if (words.Length == 0)
        {
            if (_open is not null)
                _open.LeadIsOver = true;
            return;
        }
        if (Fence().IsMatch(words))
            return;
        var indent = Indentation(line);
        var item = Item().Match(words);
        if (_open is { } open && indent > open.Indent)
            Continue(open, line, item, number);
        else if (_ticked is { } ticked && indent > ticked)
            ReadUnderTicked(item, number, indent);
        else if (!IsStructure(words, number))
            ReadCheck(item, number, indent);
    }

    private static void Continue(Draft open, string line, Match item, int number)
    {
        var words = WordsOf(item);
        if (SaysSomething(words) && !IsTicked(item))
            open.Continue(line.TrimEnd(), words, number, lead: !IsListed(item));
    }

    private void ReadUnderTicked(Match item, int number, int indent)
    {
        Close();
        if (item.Groups["box"].Success && !IsTicked(item) && SaysSomething(WordsOf(item)))
            _open = new Draft(WordsOf(item), number, indent, plain: false);
    }

    private bool IsStructure(string words, int number)
    {
        var underline = IsUnderline(words, number);
        if (!underline && !Heading().IsMatch(words) && !Rule().IsMatch(words))
            return false;
        Close();
        _ticked = null;
        return true;
    }

    private void ReadCheck(Match item, int number, int indent)
    {
        var words = WordsOf(item);
        var plain = !IsListed(item);
        if (plain && _open is { Plain: true, LeadIsOver: false, EndsWithTags: false } paragraph && SaysSomething(words) && !CheckTags.StandAtFront(words))
        {
            paragraph.Continue(words, words, number, lead: true);
            return;
        }
        Close();
        _ticked = IsTicked(item) ? indent : null;
        if (_ticked is null && SaysSomething(words))
            _open = new Draft(words, number, indent, plain);
    }

    /// <summary>A line of = or - under a single plain line makes that line a heading, as in all Markdown.</summary>
    private bool IsUnderline(string trimmed, int number)
    {
        if (!Underline().IsMatch(trimmed) || _open is not { Plain: true, LeadIsOver: false, Lines: 1 } heading)
            return false;
        if (trimmed[0] == '-')
        {
            _findings.Add(new ChecklistFinding(heading.Line, $"the line is a heading because line {number} underlines it, and is not checked",
                "a blank line between them, or a heading that begins with #"));
        }
        _open = null;
        return true;
    }

    private void Close()
    {
        if (_open is not null)
            Add(_open);
        _open = null;
    }

    private void Add(Draft draft)
    {
        var tags = new CheckTags(probes, _findings);
        var lead = draft.Lead.Select((line, i) =>
        {
            var words = line.Text.TrimStart();
            var indentation = line.Text[..^words.Length];
            return (indentation, Words: tags.TakeTrailing(i == 0 ? tags.TakeLeading(words, line.Number) : words, line.Number));
        }).Where(line => line.Words.Length > 0).ToList();
        var lines = lead.Select((line, i) => i == 0 ? line.Words : line.indentation + line.Words).Concat(draft.Rest).ToList();
        // Tags without any words ask for nothing.
        if (!lines.Any(SaysSomething))
        {
            if (tags.Any)
                _findings.Add(new ChecklistFinding(draft.Line, "the line has tags but says nothing to look at", "[every 4h] look at the calendar"));
            return;
        }
        var key = Key(lead.Select(line => line.Words).Concat(draft.RestWords));
        var ordinal = _seen[key] = _seen.GetValueOrDefault(key) + 1;
        var id = ordinal == 1 ? key : $"{key}-{ordinal}";
        _checks.Add(new Check(id, string.Join('\n', lines).Trim(), tags.Cadence ?? CheckCadence.EverySlot, tags.Probe, draft.Line));
    }

    private static string Key(IEnumerable<string> words)
    {
        var normal = TextFolding.Fold(string.Join(' ', words));
        return "chk_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(normal)).AsSpan(0, 8));
    }

    private static string WordsOf(Match item) => item.Groups["words"].Value.Trim();

    private static bool IsTicked(Match item) => item.Groups["box"].Value is "x" or "X";

    private static bool IsListed(Match item) => item.Groups["bullet"].Success || item.Groups["box"].Success;

    private static int Indentation(string line)
        => line.TakeWhile(char.IsWhiteSpace).Aggregate(0, (column, c) => c == '\t' ? (column / 4 * 4) + 4 : column + 1);

    private static bool SaysSomething(string words)
        => words.EnumerateRunes().Any(rune => Rune.IsLetterOrDigit(rune)
            || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.OtherSymbol);

    /// <summary>The lines with comments cut out; null for a line that held nothing else.</summary>
    private IEnumerable<string?> WithoutComments(string text)
    {
        var number = 0;
        var inside = false;
        var begun = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var kept = new StringBuilder();
            var cut = inside;
            for (var i = 0; i < line.Length;)
            {
                var mark = line.IndexOf(inside ? "-->" : "<!--", i, StringComparison.Ordinal);
                if (!inside)
                    kept.Append(line, i, (mark < 0 ? line.Length : mark) - i);
                if (mark < 0)
                    break;
                (i, inside, cut) = (mark + (inside ? 3 : 4), !inside, true);
                begun = inside ? number : begun;
            }
            yield return cut && string.IsNullOrWhiteSpace(kept.ToString()) ? null : kept.ToString();
        }
        if (inside)
            _findings.Add(new ChecklistFinding(begun, "the comment that begins here is never closed, so all below it is ignored", "-->"));
    }

    /// <summary>A check whose lines are still being gathered.</summary>
    private sealed class Draft(string words, int line, int indent, bool plain)
    {
        public int Indent => indent;

        public int Line => line;

        public bool Plain => plain;

        /// <summary>The first paragraph, whose lines may end in tags.</summary>
        public List<(int Number, string Text)> Lead { get; } = [(line, words)];

        /// <summary>What else belongs to it, as written.</summary>
        public List<string> Rest { get; } = [];

        public List<string> RestWords { get; } = [];

        public bool LeadIsOver { get; set; }

        public int Lines => Lead.Count + Rest.Count;

        public bool EndsWithTags => CheckTags.StandAtEnd(Lead[^1].Text);

        public void Continue(string text, string bare, int number, bool lead)
        {
            LeadIsOver |= !lead;
            if (!LeadIsOver)
            {
                Lead.Add((number, text));
                return;
            }
            Rest.Add(text);
            RestWords.Add(bare);
        }
    }

    [GeneratedRegex("^(?:`{3,}[^`]*|~{3,}.*)$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#{1,6}(?:\s|$)")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|=+)$")]
    private static partial Regex Rule();

    [GeneratedRegex("^(?:=+|-{2,})$")]
    private static partial Regex Underline();

    [GeneratedRegex(@"^(?:>\s*)*(?:(?<bullet>[-*+]|[0-9]{1,9}[.)])(?:\s+|$))*(?:\[(?<box>[ xX]?)\](?:\s+|$))?(?<words>.*)$", RegexOptions.Singleline)]
    private static partial Regex Item();
}
