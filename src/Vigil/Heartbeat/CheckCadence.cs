using NodaTime;
using Vigil.Time;

namespace Vigil.Heartbeat;

/// <summary>
/// How often a check is looked at. <c>lastDone</c> is the slot at which it was last done (not the moment the beat ended, so that a cadence does
/// not drift), <c>doneToday</c> how often since midnight in the zone of the hours.
/// </summary>
public abstract record CheckCadence
{
    private CheckCadence()
    {
    }

    public static CheckCadence EverySlot { get; } = new AtEverySlot();

    /// <summary>No cadence was written: due at each slot.</summary>
    public sealed record AtEverySlot : CheckCadence
    {
        internal override bool IsDueInside(Instant slot, Instant? lastDone, int doneToday, ActiveHours hours) => true;

        internal override Instant? NextSlot(Instant now, Instant? lastDone, int doneToday, ActiveHours hours, BeatGrid grid)
            => FirstOpenSlot(now + Duration.Epsilon, hours, grid);

        public override string Describe() => "at every slot";
    }

    /// <summary><c>every 4h</c>: due when that much time has passed since it was done.</summary>
    public sealed record Every(Duration Interval) : CheckCadence
    {
        internal override bool IsDueInside(Instant slot, Instant? lastDone, int doneToday, ActiveHours hours)
            => lastDone is not { } last || slot - last >= Interval;

        internal override Instant? NextSlot(Instant now, Instant? lastDone, int doneToday, ActiveHours hours, BeatGrid grid)
        {
            var from = now + Duration.Epsilon;
            return FirstOpenSlot(lastDone is { } last ? Instant.Max(from, last + Interval) : from, hours, grid);
        }

        public override string Describe() => $"every {DurationText.Words(Interval.ToTimeSpan())}";
    }

    /// <summary>
    /// <c>3x/day</c>: the open time of a local calendar day is cut into as many equal parts, and the check is due once in each. A part that passed
    /// without a beat is not made up for.
    /// </summary>
    public sealed record PerDay(int Times) : CheckCadence
    {
        // Long enough for a window on one weekday alone whose date the zone skips.
        private const int SearchDays = 16;

        internal override bool IsDueInside(Instant slot, Instant? lastDone, int doneToday, ActiveHours hours)
        {
            if (doneToday >= Times)
                return false;
            var day = new DayParts(slot.InZone(hours.Zone).Date, hours, Times);
            return lastDone is not { } last || day.PartOf(last) != day.PartOf(slot);
        }

        internal override Instant? NextSlot(Instant now, Instant? lastDone, int doneToday, ActiveHours hours, BeatGrid grid)
        {
            var today = now.InZone(hours.Zone).Date;
            var from = now + Duration.Epsilon;
            for (var offset = 0; offset < SearchDays; offset++)
            {
                var date = today.PlusDays(offset);
                var done = offset == 0 ? doneToday : 0;
                var day = new DayParts(date, hours, Times);
                for (var part = 0; part < Times && day.Length > Duration.Zero; part++)
                {
                    var end = day.StartOf(part + 1);
                    var slot = FirstOpenSlot(Instant.Max(from, day.StartOf(part)), hours, grid);
                    if (slot < end && IsDueInside(slot, lastDone, done, hours))
                        return slot;
                }
            }
            return null;
        }

        public override string Describe() => Times == 1 ? "once a day" : $"{Times} times a day";
    }

    /// <summary>Whether a check is due at a slot. Outside the hours nothing is.</summary>
    public bool IsDue(Instant slot, Instant? lastDone, int doneToday, ActiveHours hours)
        => hours.Contains(slot) && IsDueInside(slot, lastDone, doneToday, hours);

    /// <summary>The first slot after now at which it is due if nothing is done until then; null when none comes within two weeks.</summary>
    public Instant? NextDue(Instant now, Instant? lastDone, int doneToday, ActiveHours hours, BeatGrid grid)
        => NextSlot(now, lastDone, doneToday, hours, grid);

    /// <summary>In plain words.</summary>
    public abstract string Describe();

    internal abstract bool IsDueInside(Instant slot, Instant? lastDone, int doneToday, ActiveHours hours);

    internal abstract Instant? NextSlot(Instant now, Instant? lastDone, int doneToday, ActiveHours hours, BeatGrid grid);

    private static Instant FirstOpenSlot(Instant from, ActiveHours hours, BeatGrid grid)
    {
        // A grid coarser than a window may step over it many times before it hits; a year of slots bounds the search.
        var slot = grid.AtOrAfter(from);
        var end = from + Duration.FromDays(366);
        while (!hours.Contains(slot) && slot < end)
            slot = grid.AtOrAfter(hours.NextOpening(slot));
        return slot;
    }
}

/// <summary>The open time of one calendar day, cut into equal parts.</summary>
internal sealed class DayParts
{
    private readonly List<Interval> _spans;
    private readonly int _parts;

    public DayParts(LocalDate date, ActiveHours hours, int parts)
    {
        _spans = hours.OpenSpans(date);
        _parts = parts;
        Length = _spans.Aggregate(Duration.Zero, (sum, span) => sum + span.Duration);
    }

    /// <summary>How long the day is open.</summary>
    public Duration Length { get; }

    /// <summary>The number of the part in which an instant lies, or null when it lies in none.</summary>
    public int? PartOf(Instant instant)
    {
        var passed = Duration.Zero;
        foreach (var span in _spans)
        {
            if (span.Contains(instant))
                return (int)((passed + (instant - span.Start)).ToBigIntegerNanoseconds() * _parts / Length.ToBigIntegerNanoseconds());
            passed += span.Duration;
        }
        return null;
    }

    /// <summary>When a part begins; the number of parts itself asks for the end of the last.</summary>
    public Instant StartOf(int part)
    {
        var wanted = Length.ToBigIntegerNanoseconds() * part;
        var left = Duration.FromNanoseconds((wanted + _parts - 1) / _parts);
        foreach (var span in _spans)
        {
            if (left < span.Duration || (span == _spans[^1] && left == span.Duration))
                return span.Start + left;
            left -= span.Duration;
        }
        return _spans[^1].End;
    }
}
