using NodaTime;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Heartbeat;

/// <summary>Reads windows out of settings and collects everything that is wrong with them.</summary>
internal static class HoursReader
{
    private static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    private static readonly string[] LongDays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    public static HoursReading Read(ActiveHoursSettings settings, DateTimeZone defaultZone)
    {
        var problems = new List<HoursProblem>();
        DateTimeZone? zone = defaultZone;
        if (settings.Timezone is not null && !Zones.TryFind(settings.Timezone, out zone, out var unknown))
        {
            zone = defaultZone;
            problems.Add(new HoursProblem("timezone", settings.Timezone, Zones.Near(settings.Timezone) is [var near, ..] ? near : "Europe/Berlin", unknown));
        }
        var windows = new List<(IsoDayOfWeek, HoursWindow)>();
        if (settings.Days is null)
        {
            if (Window(settings.Start, settings.End, "", problems) is { } window)
                windows.AddRange(Enumerable.Range(1, 7).Select(day => ((IsoDayOfWeek)day, window)));
        }
        else
        {
            ReadDays(settings.Days, windows, problems);
            if (settings.Start is not null || settings.End is not null)
            {
                var key = settings.Start is not null ? "start" : "end";
                problems.Add(new HoursProblem(key, settings.Start ?? settings.End, "only days, or only start and end", "start and end stand beside days"));
            }
        }
        return problems.Count > 0 ? new HoursReading(null, problems) : new HoursReading(new ActiveHours(zone, windows), []);
    }

    private static void ReadDays(
        IReadOnlyDictionary<string, HoursSettings> days, List<(IsoDayOfWeek, HoursWindow)> windows, List<HoursProblem> problems)
    {
        if (days.Count == 0)
            problems.Add(new HoursProblem("days", "{}", "{ \"mon-fri\": { \"start\": \"08:00\", \"end\": \"18:00\" } }", "no day has a window"));
        foreach (var (text, hours) in days)
        {
            var read = DaysOf(text);
            if (read is null)
                problems.Add(new HoursProblem($"days.{text}", text, "mon-fri", "is no weekday, list or range of weekdays"));
            var window = Window(hours.Start, hours.End, $"days.{text}.", problems);
            if (read is not null && window is { } good)
                windows.AddRange(read.Select(day => (day, good)));
        }
    }

    /// <summary><c>mon</c>, <c>mon-fri</c>, <c>sat,sun</c>; a range may run over the weekend.</summary>
    private static List<IsoDayOfWeek>? DaysOf(string text)
    {
        var days = new List<IsoDayOfWeek>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            var first = DayOf(ends[0]);
            var last = DayOf(ends[^1]);
            if (ends.Length > 2 || first < 0 || last < 0)
                return null;
            for (var day = first; ; day = (day + 1) % 7)
            {
                if (!days.Contains((IsoDayOfWeek)(day + 1)))
                    days.Add((IsoDayOfWeek)(day + 1));
                if (day == last)
                    break;
            }
        }
        return days;
    }

    private static int DayOf(string text)
    {
        var day = text.Trim().ToLowerInvariant();
        return Math.Max(Array.IndexOf(Days, day), Array.IndexOf(LongDays, day));
    }

    private static HoursWindow? Window(string? startText, string? endText, string prefix, List<HoursProblem> problems)
    {
        var good = true;
        if (!TimeOfDay.TryParse(startText, out var start))
        {
            problems.Add(new HoursProblem(prefix + "start", startText, "08:00", startText is null ? "is missing" : "is no time of the form HH:mm"));
            good = false;
        }
        if (!TimeOfDay.TryParseEnd(endText, out var end))
        {
            var what = endText is null ? "is missing" : "is no time of the form HH:mm up to 24:00";
            problems.Add(new HoursProblem(prefix + "end", endText, "23:00", what));
            good = false;
        }
        if (good && start == end)
        {
            problems.Add(new HoursProblem(prefix + "end", endText, "24:00", "equals the start; the whole day is 00:00 to 24:00"));
            good = false;
        }
        return good ? new HoursWindow(start, end) : null;
    }
}
