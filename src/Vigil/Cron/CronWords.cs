using System.Globalization;
using System.Numerics;

namespace Vigil.Cron;

/// <summary>An expression in plain words.</summary>
internal static class CronWords
{
    private const int MostTimes = 6;

    private static readonly string[] Weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    public static string Describe(CronExpression cron)
    {
        var words = $"{Times(cron)}{Days(cron)}{Months(cron)}";
        var bothNarrow = cron.DaysOfMonth != CronField.DayOfMonth.Full && cron.DaysOfWeek != CronField.DayOfWeek.Full;
        return cron.BothDaysMustMatch && bothNarrow
            ? words + " (a day field begins with *, so both day fields must match, as in crontab)"
            : words;
    }

    private static string Times(CronExpression cron)
    {
        var minutes = Values(cron.Minutes);
        var hours = Values(cron.Hours);
        if (minutes.Count * hours.Count <= MostTimes)
        {
            var times = hours.SelectMany(hour => minutes.Select(minute => $"{hour:00}:{minute:00}"));
            return "at " + And(times.ToList());
        }
        var everyHour = cron.Hours == CronField.Hour.Full;
        var inHours = everyHour ? "" : $" in the hours {Runs(hours, Number)}";
        if (cron.Minutes == CronField.Minute.Full)
            return "every minute" + inHours;
        if (Step(minutes, 60) is { } step)
            return $"every {step} minutes{inHours}";
        var atMinutes = minutes.Count == 1 ? $"at minute {minutes[0]}" : $"at minutes {Runs(minutes, Number)}";
        if (everyHour)
            return $"{atMinutes} of every hour";
        return Step(hours, 24) is { } hourStep && minutes.Count == 1
            ? $"every {hourStep} hours {atMinutes}"
            : $"{atMinutes} of the hours {Runs(hours, Number)}";
    }

    private static string Days(CronExpression cron)
    {
        var allDates = cron.DaysOfMonth == CronField.DayOfMonth.Full;
        var allWeekdays = cron.DaysOfWeek == CronField.DayOfWeek.Full;
        var dates = Values(cron.DaysOfMonth);
        var date = $"day{(dates.Count == 1 ? "" : "s")} {Runs(dates, Number)} of the month";
        // Monday first, as people read a week.
        var order = Values(cron.DaysOfWeek).OrderBy(day => (day + 6) % 7).Select(day => (day + 6) % 7).ToList();
        var weekday = Runs(order, day => Weekdays[(day + 1) % 7]);
        if (allDates && allWeekdays)
            return " every day";
        if (cron.BothDaysMustMatch)
            return allDates ? $" on {weekday}" : allWeekdays ? $" on {date}" : $" on {date} if it is {weekday}";
        return allDates || allWeekdays ? " every day" : $" on {date} and also on every {weekday}";
    }

    private static string Months(CronExpression cron)
        => cron.Months == CronField.Month.Full
            ? ""
            : " in " + Runs(Values(cron.Months), month => CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(month));

    private static List<int> Values(ulong set)
    {
        var values = new List<int>(BitOperations.PopCount(set));
        for (; set != 0; set &= set - 1)
            values.Add(BitOperations.TrailingZeroCount(set));
        return values;
    }

    /// <summary>The step, when the values are all its multiples and come round evenly.</summary>
    private static int? Step(List<int> values, int cycle)
        => values is [0, var step, ..] && cycle % step == 0 && values.Count == cycle / step && values.Index().All(pair => pair.Item == pair.Index * step)
            ? step
            : null;

    private static string Runs(List<int> values, Func<int, string> name)
    {
        var parts = new List<string>();
        for (var i = 0; i < values.Count;)
        {
            var end = i;
            while (end + 1 < values.Count && values[end + 1] == values[end] + 1)
                end++;
            if (end - i >= 2)
                parts.Add($"{name(values[i])} to {name(values[end])}");
            else
                parts.AddRange(values[i..(end + 1)].Select(name));
            i = end + 1;
        }
        return And(parts);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string And(List<string> parts)
        => parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts[..^1])} and {parts[^1]}";
}
