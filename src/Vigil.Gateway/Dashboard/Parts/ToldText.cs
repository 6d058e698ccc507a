using System.Globalization;
using System.Text.RegularExpressions;

namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>What in the engine's sentences is more than words: instants as <c>:u</c> writes them, and ids of what has a page.</summary>
public static partial class ToldText
{
    public static IEnumerable<(int Start, int Length)> Find(string text)
    {
        // What an agent said is quoted at the end of a line: nothing in it is the engine's word.
        var own = text.IndexOf('“', StringComparison.Ordinal);
        foreach (Match match in Special().Matches(own < 0 ? text : text[..own]))
            yield return (match.Index, match.Length);
    }

    public static DateTimeOffset? At(string word)
        => DateTimeOffset.TryParseExact(word, "u", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    public static string? Href(string word) => word.Split('_')[0] switch
    {
        "wrk" => $"/work/{word}",
        "ntf" => $"/inbox/{word}",
        "sch" => $"/schedules/{word}",
        _ => null,
    };

    [GeneratedRegex(@"\b\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}Z|\b(?:wrk|ntf|sch)_[0-9a-z]+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Special();
}
