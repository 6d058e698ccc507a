using NodaTime;

namespace Vigil.Tests.Cron;

/// <summary>Crontab's meaning, minute by minute and without any cleverness, to check the fast calculation against.</summary>
internal sealed class SlowCron
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly bool[] _minutes, _hours, _days, _months, _weekdays;
    private readonly bool _and, _wild;

    public SlowCron(string text)
    {
        var fields = text.Split(' ');
        _minutes = Values(fields[0], 0, 59, []);
        _hours = Values(fields[1], 0, 23, []);
        _days = Values(fields[2], 1, 31, []);
        _months = Values(fields[3], 1, 12, Months);
        _weekdays = Values(fields[4], 0, 7, Weekdays);
        _weekdays[0] |= _weekdays[7];
        _and = fields[2][0] == '*' || fields[4][0] == '*';
        _wild = fields[1][0] == '*' || fields[1].Contains('/') || _hours.All(hour => hour);
    }

    /// <summary>All slots in <c>(after, through]</c>, found by stepping through every minute of UTC.</summary>
    public List<Instant> Slots(Instant after, Instant through, DateTimeZone zone)
    {
        var found = new List<Instant>();
        // A day's lead shows which wall-clock minutes have been before.
        var start = Instant.FromUnixTimeSeconds(after.ToUnixTimeSeconds() / 60 * 60) - Duration.FromHours(26);
        var seen = Local(start, zone);
        for (var at = start + Duration.FromMinutes(1); at <= through; at += Duration.FromMinutes(1))
        {
            var local = Local(at, zone);
            var fires = Matches(local);
            if (!_wild)
            {
                fires = fires && local > seen;
                for (var skipped = seen.PlusMinutes(1); skipped < local; skipped = skipped.PlusMinutes(1))
                    fires |= Matches(skipped);
            }
            seen = local > seen ? local : seen;
            if (fires && at > after)
                found.Add(at);
        }
        return found;
    }

    public bool MatchesDate(LocalDate date)
    {
        var day = _days[date.Day];
        var weekday = _weekdays[(int)date.DayOfWeek % 7];
        return _months[date.Month] && (_and ? day && weekday : day || weekday);
    }

    private bool Matches(LocalDateTime local) => _minutes[local.Minute] && _hours[local.Hour] && MatchesDate(local.Date);

    private static LocalDateTime Local(Instant at, DateTimeZone zone) => at.WithOffset(zone.GetUtcOffset(at)).LocalDateTime;

    private static bool[] Values(string field, int min, int max, string[] names)
    {
        var values = new bool[max + 1];
        foreach (var element in field.Split(','))
        {
            var parts = element.Split('/');
            var ends = parts[0] == "*" ? [$"{min}", $"{max}"] : parts[0].Split('-');
            var step = parts.Length > 1 ? int.Parse(parts[1]) : 1;
            for (var value = Value(ends[0]); value <= Value(ends[^1]); value += step)
                values[value] = true;
        }
        return values;

        int Value(string text) => Array.IndexOf(names, text.ToLowerInvariant()) is >= 0 and var index ? index + min : int.Parse(text);
    }
}
