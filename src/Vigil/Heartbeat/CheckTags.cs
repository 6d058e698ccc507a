using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using Vigil.Errors;
using Vigil.Time;

namespace Vigil.Heartbeat;

/// <summary>
/// The tags of one check. Leading brackets are taken for tags unless they are a link; a closing parenthesis is only when something in it looks like
/// one. Each tag is understood by itself: what is not stays text, and is reported.
/// </summary>
internal sealed partial class CheckTags(IReadOnlyCollection<string>? probes, List<ChecklistFinding> findings)
{
    private const string Example = "every 4h, 3x/day or probe NAME";
    private const int MostPerDay = 48;

    public CheckCadence? Cadence { get; private set; }

    public string? Probe { get; private set; }

    /// <summary>Whether any tag was understood so far.</summary>
    public bool Any => Cadence is not null || Probe is not null;

    /// <summary>Takes the tags off the front of a line.</summary>
    public string TakeLeading(string text, int number)
    {
        var kept = "";
        while (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var close)
        {
            var after = text.AsSpan(close + 1);
            var parts = Split(text[1..close]);
            // [text](address) and [text][reference] are links.
            if (after.Length > 0 && after[0] is '(' or ':' or '[' && !parts.Any(LooksLikeTag))
                break;
            var left = parts.Where(part => !Take(part, number)).ToList();
            if (left.Count > 0)
                kept += $"[{string.Join(", ", left)}] ";
            text = after.TrimStart(": ").ToString();
        }
        return (kept + text).Trim();
    }

    /// <summary>Takes the tags off the end of a line.</summary>
    public string TakeTrailing(string text, int number)
    {
        while (ClosingParenthesis().Match(text) is { Success: true } match)
        {
            var parts = Split(match.Groups["tags"].Value);
            if (!parts.Any(LooksLikeTag))
                break;
            var left = parts.Where(part => !Take(part, number)).ToList();
            if (left.Count == parts.Length)
                break;
            var kept = left.Count == 0 ? "" : $" ({string.Join(", ", left)})";
            text = text[..match.Index].TrimEnd();
            if (kept.Length > 0)
                return text + kept;
        }
        return text;
    }

    /// <summary>Whether a line begins with brackets that look like tags.</summary>
    public static bool StandAtFront(string text)
        => text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var close && Split(text[1..close]).Any(LooksLikeTag);

    /// <summary>Whether a line ends in a parenthesis that looks like tags.</summary>
    public static bool StandAtEnd(string text)
        => ClosingParenthesis().Match(text) is { Success: true } match && Split(match.Groups["tags"].Value).Any(LooksLikeTag);

    private static string[] Split(string tags) => tags.Split(',', StringSplitOptions.TrimEntries);

    private bool Take(string tag, int line)
    {
        if (ReadCadence(tag) is { } cadence)
        {
            if (Cadence is null)
            {
                Cadence = cadence;
                return true;
            }
            findings.Add(new ChecklistFinding(line, $"'{tag}' is a second cadence; the first counts", "one cadence a check"));
            return false;
        }
        if (ProbeTag().Match(tag) is { Success: true } match)
        {
            var name = match.Groups["name"].Value;
            if (probes is not null && !probes.Contains(name))
            {
                var good = Nearest.To(name, probes) ?? probes.Order(StringComparer.Ordinal).FirstOrDefault();
                findings.Add(new ChecklistFinding(line, $"no probe is named '{name}'", good is null ? "a probe set up in agent.json" : $"probe {good}"));
                return false;
            }
            if (Probe is null)
            {
                Probe = name;
                return true;
            }
            findings.Add(new ChecklistFinding(line, $"'{tag}' is a second probe; the first counts", "one probe a check"));
            return false;
        }
        findings.Add(new ChecklistFinding(line, $"'{tag}' is no cadence and no probe, and stays text", GoodFor(tag)));
        return false;
    }

    private static CheckCadence? ReadCadence(string tag)
    {
        var text = tag.ToLowerInvariant();
        if (PerDayTag().Match(text) is { Success: true } perDay)
        {
            var times = perDay.Groups["count"].Value switch
            {
                "once" => 1,
                "twice" => 2,
                var digits => int.Parse(digits, CultureInfo.InvariantCulture),
            };
            return times is >= 1 and <= MostPerDay ? new CheckCadence.PerDay(times) : null;
        }
        switch (text)
        {
            case "hourly" or "every hour":
                return new CheckCadence.Every(Duration.FromHours(1));
            case "daily" or "every day":
                return new CheckCadence.PerDay(1);
            case "weekly" or "every week":
                return new CheckCadence.Every(Duration.FromDays(7));
        }
        if (!text.StartsWith("every", StringComparison.Ordinal))
            return null;
        var interval = text["every".Length..].TrimStart(':', ' ');
        if (SpelledOut().Match(interval) is { Success: true } spelled)
            interval = spelled.Groups["count"].Value + spelled.Groups["unit"].Value[0];
        return DurationText.TryParse(interval, out var every, out _) && every >= TimeSpan.FromMinutes(1)
            ? new CheckCadence.Every(Duration.FromTimeSpan(every))
            : null;
    }

    private static bool LooksLikeTag(string tag)
    {
        var text = tag.ToLowerInvariant();
        if (ReadCadence(text) is not null || ProbeTag().IsMatch(text) || CountOfDay().IsMatch(text))
            return true;
        var word = FirstWord().Match(text).Value;
        var rest = text[word.Length..].TrimStart(':', ' ');
        return word switch
        {
            "every" => rest.Length is > 0 and <= 20,
            "probe" => text.Length <= "probe".Length || text["probe".Length] is ':',
            // A misspelt word counts only when what follows it could stand after the right one.
            _ => Nearest.To(word, ["every"]) is not null && DurationText.TryParse(rest, out _, out _),
        };
    }

    private static string GoodFor(string tag)
    {
        var text = tag.ToLowerInvariant();
        var word = FirstWord().Match(text).Value;
        var rest = text[word.Length..].TrimStart(':', ' ');
        if (rest.Length > 0 && DurationText.TryParse(rest, out var every, out _) && every >= TimeSpan.FromMinutes(1))
            return "every " + DurationText.Format(every);
        return Nearest.To(word, ["every", "probe"]) switch
        {
            "every" => "every 4h",
            "probe" => "probe NAME",
            _ => CountOfDay().IsMatch(text) ? "3x/day" : Example,
        };
    }

    [GeneratedRegex(@"\((?<tags>[^()]*)\)[.;]?$")]
    private static partial Regex ClosingParenthesis();

    [GeneratedRegex(@"^probe(?:\s*:\s*|\s+)(?<name>[A-Za-z0-9][A-Za-z0-9_.-]*)$", RegexOptions.IgnoreCase)]
    private static partial Regex ProbeTag();

    [GeneratedRegex(@"^(?:(?<count>once|twice)|(?<count>[0-9]{1,4})\s*(?:x|×|times))\s*(?:/|per|a|every)?\s*day$")]
    private static partial Regex PerDayTag();

    [GeneratedRegex(@"^[0-9]+\s*(?:x|×|times)\s*(?:/|per\b|a\b)")]
    private static partial Regex CountOfDay();

    [GeneratedRegex("^(?<count>[0-9]{1,6}) ?(?<unit>minutes?|mins?|hours?|hrs?|days?|weeks?)$")]
    private static partial Regex SpelledOut();

    [GeneratedRegex("^[a-z]*")]
    private static partial Regex FirstWord();
}
