using System.Numerics;
using NodaTime;
using NodaTime.TimeZones;

namespace Vigil.Cron;

/// <summary>
/// Finds the next instant of an expression by walking the pieces of a zone's time line in which the offset stays the same. Inside a piece wall
/// clock and time line run alike; what happens between two pieces is the rule for clock changes.
/// </summary>
internal static class CronSchedule
{
    // 29 February on a given weekday lies up to 40 years ahead, over 2100.
    private const int SearchYears = 48;
    private const int LastYear = 9990;

    public static Slot? Next(CronExpression cron, Instant after, DateTimeZone zone)
    {
        var piece = zone.GetZoneInterval(after);
        var local = Minute(after.InZone(zone).LocalDateTime).PlusMinutes(1);
        if (!cron.RunsThroughClockChanges && piece.HasStart)
        {
            // In the second pass of a repeated hour the fixed times were due in the first.
            var before = zone.GetZoneInterval(piece.Start - Duration.Epsilon);
            local = LocalDateTime.Max(local, Ceiling(before.IsoLocalEnd));
        }
        while (NextLocal(cron, local) is { } found)
        {
            if (!piece.HasEnd || found < piece.IsoLocalEnd)
                return new Slot(found.WithOffset(piece.WallOffset).ToInstant());
            var next = zone.GetZoneInterval(piece.End);
            if (next.IsoLocalStart > piece.IsoLocalEnd && found < next.IsoLocalStart && !cron.RunsThroughClockChanges)
                return new Slot(piece.End, found);
            local = cron.RunsThroughClockChanges
                ? Ceiling(next.IsoLocalStart)
                : Ceiling(LocalDateTime.Max(next.IsoLocalStart, LocalDateTime.Max(local, piece.IsoLocalEnd)));
            piece = SkipAhead(zone, next, found, ref local);
        }
        return null;
    }

    /// <summary>A find decades ahead needs no visit to each clock change before it.</summary>
    private static ZoneInterval SkipAhead(DateTimeZone zone, ZoneInterval next, LocalDateTime found, ref LocalDateTime local)
    {
        var near = found.PlusDays(-3);
        if (!next.HasEnd || near <= next.IsoLocalEnd)
            return next;
        local = near;
        return zone.GetZoneInterval(near.InUtc().ToInstant());
    }

    private static LocalDateTime? NextLocal(CronExpression cron, LocalDateTime from)
    {
        var date = from.Date;
        if (MatchesDate(cron, date))
        {
            var minute = First(cron.Minutes, from.Minute);
            if (minute >= 0 && (cron.Hours >> from.Hour & 1) == 1)
                return date.At(new LocalTime(from.Hour, minute));
            var hour = First(cron.Hours, from.Hour + 1);
            if (hour >= 0)
                return date.At(new LocalTime(hour, First(cron.Minutes, 0)));
        }
        return NextDate(cron, date) is { } next ? next.At(new LocalTime(First(cron.Hours, 0), First(cron.Minutes, 0))) : null;
    }

    private static LocalDate? NextDate(CronExpression cron, LocalDate after)
    {
        var (year, month, day) = (after.Year, after.Month, after.Day + 1);
        var end = Math.Min(after.Year + SearchYears, LastYear);
        while (year <= end)
        {
            var wanted = First(cron.Months, month);
            if (wanted < 0)
            {
                (year, month, day) = (year + 1, 1, 1);
                continue;
            }
            if (wanted != month)
                (month, day) = (wanted, 1);
            var days = CalendarSystem.Iso.GetDaysInMonth(year, month);
            for (; day <= days; day++)
            {
                var date = new LocalDate(year, month, day);
                if (MatchesDate(cron, date))
                    return date;
            }
            (month, day) = (month + 1, 1);
        }
        return null;
    }

    private static bool MatchesDate(CronExpression cron, LocalDate date)
    {
        if ((cron.Months >> date.Month & 1) == 0)
            return false;
        var dayOfMonth = (cron.DaysOfMonth >> date.Day & 1) == 1;
        var dayOfWeek = (cron.DaysOfWeek >> ((int)date.DayOfWeek % 7) & 1) == 1;
        return cron.BothDaysMustMatch ? dayOfMonth && dayOfWeek : dayOfMonth || dayOfWeek;
    }

    /// <summary>The lowest value of a set from a bound on, or -1.</summary>
    private static int First(ulong set, int from)
    {
        var left = from > 63 ? 0 : set >> from << from;
        return left == 0 ? -1 : BitOperations.TrailingZeroCount(left);
    }

    private static LocalDateTime Minute(LocalDateTime local) => local.Date.At(new LocalTime(local.Hour, local.Minute));

    private static LocalDateTime Ceiling(LocalDateTime local)
    {
        var minute = Minute(local);
        return minute == local ? local : minute.PlusMinutes(1);
    }
}
