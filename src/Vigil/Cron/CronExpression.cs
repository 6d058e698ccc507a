using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using NodaTime;
using Vigil.Errors;

namespace Vigil.Cron;

/// <summary>
/// Five unix fields with the meaning crontab gives them (Vixie cron), or one of its <c>@</c> words. Keeps the text as typed.
/// Two expressions are equal when their texts are.
/// </summary>
public sealed class CronExpression : IEquatable<CronExpression>
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *",
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
    };

    private CronExpression(string text, CronFieldReading[] fields)
    {
        Text = text;
        (Minutes, Hours) = (fields[0].Bits, fields[1].Bits);
        (DaysOfMonth, Months, DaysOfWeek) = (fields[2].Bits, fields[3].Bits, fields[4].Bits);
        BothDaysMustMatch = fields[2].Star || fields[4].Star;
        RunsThroughClockChanges = fields[1].Star || fields[1].Stepped || Hours == CronField.Hour.Full;
    }

    /// <summary>As typed, without the blanks around it.</summary>
    public string Text { get; }

    /// <summary>
    /// Every hour, or hours with a step: such an expression follows elapsed time over a clock change. The others name fixed times, which are
    /// neither lost nor repeated.
    /// </summary>
    public bool RunsThroughClockChanges { get; }

    internal ulong Minutes { get; }

    internal ulong Hours { get; }

    internal ulong DaysOfMonth { get; }

    internal ulong Months { get; }

    /// <summary>Bit 0 is Sunday.</summary>
    internal ulong DaysOfWeek { get; }

    /// <summary>Crontab's rule: a date must satisfy both day fields when one of them begins with <c>*</c>, else either of them.</summary>
    internal bool BothDaysMustMatch { get; }

    /// <summary>
    /// Reads an expression; <paramref name="error"/> names field, column, bad value, allowed values and the nearest good text.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? expression, [NotNullWhen(false)] out CronError? error)
    {
        var typed = text ?? "";
        (expression, error, var repaired) = Read(typed);
        if (error is not null && repaired is not null && Read(repaired).Expression is not null)
            error = error with { Nearest = repaired };
        return expression is not null;
    }

    /// <exception cref="FormatException">The text is no cron expression.</exception>
    public static CronExpression Parse(string text)
        => TryParse(text, out var expression, out var error) ? expression : throw new FormatException(error.ToString());

    /// <summary>The first slot after an instant on the wall clock of a zone; null when there is none in the calendar's years.</summary>
    public Slot? Next(Instant after, DateTimeZone zone) => CronSchedule.Next(this, after, zone);

    /// <summary>In plain words, with a note where crontab's rule for two day fields surprises.</summary>
    public string Describe() => CronWords.Describe(this);

    public bool Equals(CronExpression? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as CronExpression);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private static (CronExpression? Expression, CronError? Error, string? Repaired) Read(string typed)
    {
        var trimmed = typed.Trim(' ', '\t');
        var offset = trimmed.Length == 0 ? 0 : typed.IndexOf(trimmed, StringComparison.Ordinal);
        if (trimmed.StartsWith('@'))
            return ReadWord(trimmed, offset + 1);
        var parts = Split(trimmed, offset);
        if (parts.Count != 5)
            return (null, WrongCount(parts, typed), RightCount(parts));
        var readings = parts.Select((part, i) => CronField.All[i].Read(part.Text, part.Column)).ToArray();
        if (readings.FirstOrDefault(reading => reading.Error is not null) is { } bad)
            return (null, bad.Error, readings.Any(reading => reading.Repaired is null) ? null : string.Join(' ', readings.Select(r => r.Repaired)));
        var expression = new CronExpression(trimmed, readings);
        return NeverDue(expression, parts) is var (error, repaired) ? (null, error, repaired) : (expression, null, null);
    }

    private static (CronExpression? Expression, CronError? Error, string? Repaired) ReadWord(string word, int column)
    {
        if (Words.TryGetValue(word, out var fields))
        {
            var readings = fields.Split(' ').Select((text, i) => CronField.All[i].Read(text, 1)).ToArray();
            return (new CronExpression(word, readings), null, null);
        }
        var first = Split(word, 0)[0].Text;
        var (problem, nearest) = first.ToLowerInvariant() switch
        {
            "@reboot" => ("@reboot is no time: nothing is run because the gateway starts", "@daily"),
            "@every" => ("@every is not a word of crontab: use the schedule kind 'every'", "@hourly"),
            _ when Words.ContainsKey(first) => ("nothing may follow an @ word", first),
            _ => ($"'{word}' is no known word", Nearest.To(first, Words.Keys) ?? "@daily"),
        };
        return (null, new CronError("expression", column, word, string.Join(' ', Words.Keys), null, problem), nearest);
    }

    private static List<(string Text, int Column)> Split(string text, int offset)
    {
        var parts = new List<(string, int)>();
        for (var i = 0; i < text.Length;)
        {
            var length = text.AsSpan(i).IndexOfAny(' ', '\t');
            if (length < 0)
                length = text.Length - i;
            if (length > 0)
                parts.Add((text.Substring(i, length), offset + i + 1));
            i += length + 1;
        }
        return parts;
    }

    private static CronError WrongCount(List<(string Text, int Column)> parts, string typed)
    {
        const string Allowed = "five fields: minute, hour, day of month, month, day of week";
        return parts.Count < 5
            ? new CronError("expression", typed.Length + 1, "", Allowed, null,
                parts.Count == 0 ? "it is empty" : $"{parts.Count} of five fields; {CronField.All[parts.Count].Name} is missing")
            : new CronError("expression", parts[5].Column, parts[5].Text, Allowed, null,
                $"{parts.Count} fields instead of five; seconds and years do not exist here");
    }

    private static string? RightCount(List<(string Text, int Column)> parts)
    {
        var texts = parts.Select(part => part.Text).ToList();
        return texts.Count switch
        {
            0 => "0 9 * * *",
            1 when texts[0].All(char.IsAsciiLetter) && Nearest.To("@" + texts[0], Words.Keys) is { } word => word,
            < 5 => string.Join(' ', texts.Concat(Enumerable.Repeat("*", 5 - texts.Count))),
            // Six fields are usually seconds in front; seven have a year at the end as well.
            6 => string.Join(' ', texts.Skip(1)).Replace('?', '*'),
            7 => string.Join(' ', texts.Skip(1).Take(5)).Replace('?', '*'),
            _ => null,
        };
    }

    private static (CronError Error, string Repaired)? NeverDue(CronExpression expression, List<(string Text, int Column)> parts)
    {
        // Either day field alone can make a date unless both must match; a weekday alone always does.
        if (!expression.BothDaysMustMatch)
            return null;
        var longest = Enumerable.Range(1, 12).Where(month => (expression.Months >> month & 1) == 1).Max(LongestMonth);
        if (BitOperations.TrailingZeroCount(expression.DaysOfMonth) <= longest)
            return null;
        var error = new CronError(CronField.DayOfMonth.Name, parts[2].Column, parts[2].Text, $"1-{longest} in month {parts[3].Text}", null,
            "never due: no such date exists");
        var texts = parts.Select(part => part.Text).ToArray();
        texts[2] = longest.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return (error, string.Join(' ', texts));
    }

    private static int LongestMonth(int month) => month switch { 2 => 29, 4 or 6 or 9 or 11 => 30, _ => 31 };
}
