using NodaTime;
using NodaTime.Text;
using Vigil.Time;

namespace Vigil.Cron;

/// <summary>When a schedule comes due: once, at an interval, or by the wall clock of a zone. A value; it knows no present time.</summary>
public abstract record ScheduleTime
{
    public static readonly Duration ShortestInterval = Duration.FromSeconds(10);

    /// <summary>Lateness up to which a slot still counts as on time, and a past <c>at</c> still runs.</summary>
    public static readonly Duration OnTime = Duration.FromSeconds(60);

    // Counting on over this many slots would hold up the sweep after long downtime.
    private const int CountedSlots = 10_000;

    private ScheduleTime()
    {
    }

    /// <summary>Once. The zone is the one it was written in and is shown in.</summary>
    /// <param name="Planned">The wall-clock time that was written, when the clock skips it and the instant is the end of the gap.</param>
    public sealed record At(Instant Instant, DateTimeZone Zone, LocalDateTime? Planned = null) : ScheduleTime
    {
        internal Slot Slot => new(Instant, Planned);

        public override Slot? Next(Instant after) => Instant > after ? Slot : null;

        public override string Describe() => $"once, at {LocalText.In(Instant, Zone)}";
    }

    /// <summary>At anchor + n × interval, n from 1 on, in elapsed time: neither runs nor restarts nor clock changes move a slot.</summary>
    public sealed record Every(Instant Anchor, Duration Interval) : ScheduleTime
    {
        public override Slot? Next(Instant after)
        {
            if (after < Anchor)
                return new Slot(Anchor + Interval);
            var passed = (after - Anchor).ToBigIntegerNanoseconds() / Interval.ToBigIntegerNanoseconds();
            return new Slot(Anchor + Duration.FromNanoseconds((passed + 1) * Interval.ToBigIntegerNanoseconds()));
        }

        public override string Describe() => $"every {DurationText.Words(Interval.ToTimeSpan())}";
    }

    /// <summary>By five cron fields on the wall clock of a zone.</summary>
    public sealed record Cron(CronExpression Expression, DateTimeZone Zone) : ScheduleTime
    {
        public override Slot? Next(Instant after) => Expression.Next(after, Zone);

        public override string Describe() => $"{Expression.Describe()}, {Zone.Id} time";
    }

    /// <summary>The first slot strictly after an instant, or null when none comes any more.</summary>
    public abstract Slot? Next(Instant after);

    /// <summary>In plain words.</summary>
    public abstract string Describe();

    /// <summary>The first slot of a schedule accepted at an instant: a one-shot keeps its own, even one that has just passed.</summary>
    public Slot? First(Instant accepted) => this is At once ? once.Slot : Next(accepted);

    /// <summary>The slots in <c>(after, through]</c>: their number, first and last, and the newest of them up to a cap.</summary>
    public SlotSpan Between(Instant after, Instant through, int cap)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cap);
        var newest = new Queue<Slot>(Math.Min(cap, CountedSlots) + 1);
        Instant? first = null, last = null;
        var count = 0L;
        for (var slot = Next(after); slot is { } due && due.At <= through; slot = Next(due.At))
        {
            first ??= due.At;
            if (++count > CountedSlots)
                return Long(after, through, cap, first.Value);
            last = due.At;
            newest.Enqueue(due);
            if (newest.Count > cap)
                newest.Dequeue();
        }
        return new SlotSpan(count, true, first, last, [.. newest]);
    }

    /// <summary>The next slots with local time, offset and UTC, in the schedule's own zone or, for an interval, the one given.</summary>
    public IReadOnlyList<SlotPreview> Preview(Instant after, int count, DateTimeZone shownIn)
    {
        var zone = this switch { At once => once.Zone, Cron cron => cron.Zone, _ => shownIn };
        var slots = new List<SlotPreview>(count);
        for (var slot = Next(after); slot is { } due && slots.Count < count; slot = Next(due.At))
            slots.Add(SlotPreview.Of(due, zone));
        return slots;
    }

    /// <summary>What the store keeps; <see cref="Restore"/> gives the same schedule back.</summary>
    public StoredSchedule ToStored() => this switch
    {
        At once => new("at", once.Planned is { } planned ? LocalDateTimePattern.GeneralIso.Format(planned) : LocalText.Utc(once.Instant), once.Zone.Id, once.Instant.ToUnixTimeMilliseconds()),
        Every every => new("every", DurationText.Format(every.Interval.ToTimeSpan()), null, every.Anchor.ToUnixTimeMilliseconds()),
        Cron cron => new("cron", cron.Expression.Text, cron.Zone.Id, null),
        _ => throw new InvalidOperationException("The union is closed."),
    };

    /// <exception cref="FormatException">The row was not written by <see cref="ToStored"/>, or its zone has left the zone rules.</exception>
    public static ScheduleTime Restore(StoredSchedule stored)
    {
        var milliseconds = stored.Milliseconds ?? 0;
        return stored.Kind switch
        {
            "at" => new At(Instant.FromUnixTimeMilliseconds(milliseconds), ZoneOf(stored), LocalDateTimePattern.GeneralIso.Parse(stored.Text) is { Success: true } planned ? planned.Value : null),
            "every" when DurationText.TryParse(stored.Text, out var interval, out _) && interval > TimeSpan.Zero
                => new Every(Instant.FromUnixTimeMilliseconds(milliseconds), Duration.FromTimeSpan(interval)),
            "cron" => new Cron(CronExpression.Parse(stored.Text), ZoneOf(stored)),
            _ => throw new FormatException($"The stored schedule '{stored.Kind} {stored.Text}' cannot be read."),
        };
    }

    private static DateTimeZone ZoneOf(StoredSchedule stored)
        => Zones.TryFind(stored.Zone, out var zone, out var problem) ? zone : throw new FormatException(problem);

    private SlotSpan Long(Instant after, Instant through, int cap, Instant first)
    {
        // The newest slots are looked for backwards from the end, in stretches that double until they hold enough.
        var wanted = Math.Clamp(cap, 1, CountedSlots);
        for (var stretch = Duration.FromMinutes(1); ; stretch *= 2)
        {
            var from = Instant.Max(after, through - stretch);
            var span = Stretch(from, through, wanted);
            if (span.Count >= wanted || from == after)
                return new SlotSpan(CountedSlots, false, first, span[^1].At, [.. span.TakeLast(cap)]);
        }
    }

    private List<Slot> Stretch(Instant from, Instant through, int wanted)
    {
        var found = new List<Slot>();
        for (var slot = Next(from); slot is { } due && due.At <= through; slot = Next(due.At))
        {
            found.Add(due);
            if (found.Count > wanted * 4)
                found.RemoveRange(0, wanted * 2);
        }
        return found;
    }
}

/// <summary>
/// A schedule's time as one row: kind (<c>at</c>, <c>every</c>, <c>cron</c>), its text, its zone, and its instant or anchor in unix
/// milliseconds.
/// </summary>
public sealed record StoredSchedule(string Kind, string Text, string? Zone, long? Milliseconds);

/// <summary>One coming slot as people read it.</summary>
/// <param name="Planned">The wall-clock time that the clock skips, when the slot stands at the end of the gap.</param>
public sealed record SlotPreview(Instant At, string Local, string Offset, string Utc, string? Planned)
{
    public static SlotPreview Of(Slot slot, DateTimeZone zone)
    {
        var zoned = slot.At.InZone(zone);
        return new SlotPreview(slot.At, LocalText.Of(zoned.LocalDateTime), LocalText.Of(zoned.Offset), LocalText.Utc(slot.At),
            slot.Planned is { } planned ? LocalText.Of(planned) : null);
    }
}
