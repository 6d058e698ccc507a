using NodaTime;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Heartbeat;

/// <summary>
/// Windows of the week on the wall clock of a zone. A window that ends before it begins runs over midnight and belongs to the day on which it
/// began. Each instant is judged by what the wall clock shows then, so both passes of a repeated hour count alike.
/// </summary>
public sealed class ActiveHours
{
    // The pattern repeats weekly; clock changes and skipped dates can push a boundary out by a few days more.
    private const int SearchDays = 16;

    private readonly HoursWindow[][] _windows;
    private readonly int[] _boundaries;

    internal ActiveHours(DateTimeZone zone, IEnumerable<(IsoDayOfWeek Day, HoursWindow Window)> windows)
    {
        Zone = zone;
        _windows = Enumerable.Range(0, 7).Select(_ => Array.Empty<HoursWindow>()).ToArray();
        foreach (var (day, window) in windows)
            _windows[Index(day)] = [.. _windows[Index(day)], window];
        _boundaries = [.. _windows.SelectMany(day => day).SelectMany(window => new[] { window.Start.Minutes, window.End.Minutes % TimeOfDay.MinutesPerDay })
            .Append(0).Distinct().Order()];
    }

    public DateTimeZone Zone { get; }

    /// <summary>No hours were set: every instant is inside.</summary>
    public static ActiveHours Always(DateTimeZone zone)
        => new(zone, Enum.GetValues<IsoDayOfWeek>().Where(day => day != IsoDayOfWeek.None).Select(day => (day, HoursWindow.WholeDay)));

    /// <summary>Reads settings; what is malformed is a problem and never "always" or "never". No settings mean no limit.</summary>
    public static HoursReading Read(ActiveHoursSettings? settings, DateTimeZone defaultZone)
        => settings is null ? new HoursReading(Always(defaultZone), []) : HoursReader.Read(settings, defaultZone);

    public bool Contains(Instant instant)
    {
        var local = instant.InZone(Zone).LocalDateTime;
        var minute = (local.Hour * 60) + local.Minute;
        foreach (var window in _windows[Index(local.DayOfWeek)])
        {
            if (minute >= window.Start.Minutes && (window.Overnight || minute < window.End.Minutes))
                return true;
        }
        foreach (var window in _windows[(Index(local.DayOfWeek) + 6) % 7])
        {
            if (window.Overnight && minute < window.End.Minutes)
                return true;
        }
        return false;
    }

    /// <summary>The instant itself when it is inside, else the next beginning of a window.</summary>
    public Instant NextOpening(Instant at)
        => NextChangeTo(true, at) ?? throw new InvalidOperationException("Hours without a window cannot be made.");

    /// <summary>The instant itself when it is outside, else the end of the time that is open then; null when it never ends.</summary>
    public Instant? NextClosing(Instant at) => NextChangeTo(false, at);

    /// <summary>The stretches of one calendar day in which it is open, in order of time.</summary>
    internal List<Interval> OpenSpans(LocalDate date)
    {
        var spans = new List<Interval>();
        var (start, end) = (Zone.AtStartOfDay(date).ToInstant(), Zone.AtStartOfDay(date.PlusDays(1)).ToInstant());
        while (start < end)
        {
            var opening = NextOpening(start);
            if (opening >= end)
                break;
            var closing = Instant.Min(NextClosing(opening) ?? end, end);
            spans.Add(new Interval(opening, closing));
            start = closing;
        }
        return spans;
    }

    private Instant? NextChangeTo(bool open, Instant at)
    {
        var end = at + Duration.FromDays(SearchDays);
        for (var candidate = at; candidate <= end; candidate = NextBoundary(candidate))
        {
            if (Contains(candidate) == open)
                return candidate;
        }
        return null;
    }

    /// <summary>The next instant at which the answer can change: a window's edge on the wall clock, or a clock change.</summary>
    private Instant NextBoundary(Instant at)
    {
        var piece = Zone.GetZoneInterval(at);
        var local = at.InZone(Zone).LocalDateTime;
        var date = local.Date;
        var next = Array.Find(_boundaries, minute => date.AtMidnight().PlusMinutes(minute) > local);
        var boundary = next > 0 ? date.AtMidnight().PlusMinutes(next) : date.PlusDays(1).AtMidnight();
        var instant = boundary.WithOffset(piece.WallOffset).ToInstant();
        return piece.HasEnd && instant > piece.End ? piece.End : instant;
    }

    private static int Index(IsoDayOfWeek day) => (int)day - 1;
}

/// <summary>One window of wall-clock time; the end is not part of it.</summary>
internal readonly record struct HoursWindow(TimeOfDay Start, TimeOfDay End)
{
    public static HoursWindow WholeDay { get; } = new(default, TimeOfDay.EndOfDay);

    public bool Overnight => End < Start;
}

/// <summary>What is wrong with hours in settings.</summary>
/// <param name="Key">The key within the block: <c>start</c>, <c>timezone</c>, <c>days.mon-fri.end</c>.</param>
public sealed record HoursProblem(string Key, string? BadValue, string GoodValue, string Problem);

/// <summary>Hours, or every problem that kept them from being read.</summary>
public sealed record HoursReading(ActiveHours? Hours, IReadOnlyList<HoursProblem> Problems);
