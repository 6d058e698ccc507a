using NodaTime;

namespace Vigil.Cron;

/// <summary>One intended instant of a schedule.</summary>
/// <param name="Planned">The wall-clock time that was meant, when the clock skipped it and the slot stands at the end of the gap.</param>
public readonly record struct Slot(Instant At, LocalDateTime? Planned = null);

/// <summary>Slots of a stretch of time, as needed after downtime.</summary>
/// <param name="Count">How many there are; a lower bound when <paramref name="Exact"/> is false.</param>
/// <param name="Newest">The newest ones up to the cap that was asked for, in order of time.</param>
public sealed record SlotSpan(long Count, bool Exact, Instant? First, Instant? Last, IReadOnlyList<Slot> Newest);
