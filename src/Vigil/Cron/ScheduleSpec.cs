using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using Vigil.Errors;
using Vigil.Time;

namespace Vigil.Cron;

/// <summary>
/// A schedule's time as the API and the command line take it: exactly one of <c>at</c>, <c>every</c> and <c>cron</c>, and a zone where it
/// has an effect.
/// </summary>
public sealed partial record ScheduleSpec
{
    public string? At { get; init; }

    public string? Every { get; init; }

    public string? Cron { get; init; }

    public string? Timezone { get; init; }

    /// <summary>Reads it as accepted now. All faults come together, each naming its parameter as <c>schedule.at</c> and so on.</summary>
    /// <param name="defaultZone">The agent's zone, else the gateway's, else the host's.</param>
    public ScheduleReading Read(Instant now, DateTimeZone defaultZone)
    {
        var faults = new List<Fault>();
        var zone = defaultZone;
        if (Timezone is not null && !TryZone(Timezone, faults, ref zone))
            zone = defaultZone;
        if (Timezone is not null && Every is not null)
        {
            faults.Add(new Fault("zone_without_effect", "A zone has no effect on 'every': an interval is elapsed time.",
                "Leave the zone out, or use 'cron' for a wall-clock time.", "schedule.timezone"));
        }
        var kinds = new[] { (Name: "at", Text: At), (Name: "every", Text: Every), (Name: "cron", Text: Cron) }.Where(kind => kind.Text is not null).ToList();
        if (kinds.Count != 1)
        {
            var what = kinds.Count == 0 ? "says no time" : $"says {string.Join(" and ", kinds.Select(kind => kind.Name))} together";
            faults.Add(new Fault("schedule_invalid", $"The schedule {what}; it needs exactly one of at, every and cron.",
                "For example every: 30m, or cron: 0 9 * * *, or at: in 20m.", "schedule"));
        }
        var time = (ReadAt(now, zone, faults), ReadEvery(now, faults), ReadCron(zone, faults)) switch
        {
            ({ } at, _, _) => at,
            (_, { } every, _) => every,
            var (_, _, cron) => cron,
        };
        return faults.Count == 0 ? new ScheduleReading(time, []) : new ScheduleReading(null, faults);
    }

    private static bool TryZone(string id, List<Fault> faults, ref DateTimeZone zone)
    {
        if (Zones.TryFind(id, out var found, out var problem))
        {
            zone = found;
            return true;
        }
        var near = Zones.Near(id);
        faults.Add(new Fault("zone_unknown", $"{problem}.", near.Count > 0 ? $"Did you mean {near[0]}?" : null, "schedule.timezone"));
        return false;
    }

    private ScheduleTime? ReadEvery(Instant now, List<Fault> faults)
    {
        if (Every is null)
            return null;
        var shortest = DurationText.Format(ScheduleTime.ShortestInterval.ToTimeSpan());
        string? wrong = null;
        if (!DurationText.TryParse(Every, out var interval, out var problem))
            wrong = problem;
        else if (Duration.FromTimeSpan(interval) < ScheduleTime.ShortestInterval)
            wrong = interval == TimeSpan.Zero ? "is zero" : "is too short";
        if (wrong is null)
            return new ScheduleTime.Every(Whole(now), Duration.FromTimeSpan(interval));
        faults.Add(new Fault("interval_invalid", $"every '{Every}' {wrong}; the shortest is {shortest}.", "For example every: 45m.", "schedule.every"));
        return null;
    }

    private ScheduleTime? ReadCron(DateTimeZone zone, List<Fault> faults)
    {
        if (Cron is null)
            return null;
        if (CronExpression.TryParse(Cron, out var expression, out var error))
            return new ScheduleTime.Cron(expression, zone);
        faults.Add(error.ToFault("schedule.cron"));
        return null;
    }

    private ScheduleTime? ReadAt(Instant now, DateTimeZone zone, List<Fault> faults)
    {
        if (At is null)
            return null;
        if (ReadSlot(At.Trim(), Whole(now), zone, out var problem) is not { At: var instant } slot)
        {
            faults.Add(new Fault("at_invalid", $"at '{At}' {problem}.", "For example at: 2026-12-24T18:00, at: 2026-12-24T18:00:00+01:00, or at: in 20m.",
                "schedule.at"));
            return null;
        }
        if (instant >= now - ScheduleTime.OnTime)
            return new ScheduleTime.At(instant, zone, slot.Planned);
        faults.Add(new Fault("at_past", $"at '{At}' is {LocalText.In(instant, zone)}, which has passed; it is now {LocalText.In(now, zone)}.",
            "Give a time to come, for example at: in 20m.", "schedule.at"));
        return null;
    }

    private static Slot? ReadSlot(string text, Instant now, DateTimeZone zone, out string? problem)
    {
        if (text.StartsWith("in ", StringComparison.OrdinalIgnoreCase))
        {
            if (!DurationText.TryParse(text[3..], out var delay, out problem))
                return null;
            return new Slot(now + Duration.FromTimeSpan(delay));
        }
        problem = "is neither an instant, nor a local time, nor a delay such as 'in 20m'";
        var match = DateAndTime().Match(text);
        if (!match.Success)
            return null;
        int Number(int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
        problem = "names a date or time that does not exist";
        var (year, month, day, hour, minute, second) = (Number(1), Number(2), Number(3), Number(4), Number(5), Number(6));
        if (year is < 1 or > 9000 || month is < 1 or > 12 || day < 1 || day > CalendarSystem.Iso.GetDaysInMonth(year, month))
            return null;
        if (hour > 23 || minute > 59 || second > 59)
            return null;
        var local = new LocalDateTime(year, month, day, hour, minute, second);
        if (!match.Groups[7].Success)
            return Fixed(local, zone);
        if (match.Groups[8].Success && (Number(9) > 18 || Number(10) > 59 || (Number(9) == 18 && Number(10) > 0)))
        {
            problem = "has an offset that no place on earth has";
            return null;
        }
        var offset = ((Number(9) * 60) + Number(10)) * 60;
        return new Slot(local.WithOffset(Offset.FromSeconds(match.Groups[8].Value == "-" ? -offset : offset)).ToInstant());
    }

    /// <summary>The rule of fixed times: what the clock skips comes at the end of the gap, what it repeats comes the first time.</summary>
    private static Slot Fixed(LocalDateTime local, DateTimeZone zone)
    {
        var mapping = zone.MapLocal(local);
        return mapping.Count == 0 ? new Slot(mapping.EarlyInterval.End, local) : new Slot(mapping.First().ToInstant());
    }

    /// <summary>The next whole second: slots lie there, as pulses do, and none comes too early.</summary>
    private static Instant Whole(Instant now) => Instant.FromUnixTimeSeconds((now + Duration.FromSeconds(1) - Duration.Epsilon).ToUnixTimeSeconds());

    [GeneratedRegex("^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.0{1,9})?)?" +
        "( *(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?))?$", RegexOptions.CultureInvariant)]
    private static partial Regex DateAndTime();
}

/// <summary>A schedule's time, or every fault that kept it from being one.</summary>
public sealed record ScheduleReading(ScheduleTime? Time, IReadOnlyList<Fault> Faults);
