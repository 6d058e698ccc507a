namespace Vigil.Events;

/// <summary>Which events a reader wants; null means all.</summary>
public sealed record EventFilter(IReadOnlyCollection<string>? Agents = null, string? Work = null, string? TypePrefix = null);

/// <summary>The append-only log. A reader that has seen id N never later finds an event with an id of N or less that it has not seen.</summary>
public interface IEventLog
{
    /// <summary>Appends in the order given; the ids are assigned in the commit.</summary>
    Task<IReadOnlyList<long>> AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken);

    /// <summary>Events with an id above <paramref name="after"/>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<VigilEvent>> ReadAsync(long after, int limit, EventFilter? filter, CancellationToken cancellationToken);

    /// <summary>The same, but it looks at no more than a bounded stretch of the log: a filter that nothing passes answers as quickly as any other, and the reader goes on from
    /// <see cref="EventPart.LookedTo"/>.</summary>
    Task<EventPart> ReadPartAsync(long after, int limit, EventFilter? filter, CancellationToken cancellationToken);

    /// <summary>Oldest and newest id that are kept; both 0 when the log is empty and nothing was ever pruned.</summary>
    Task<EventRange> RangeAsync(CancellationToken cancellationToken);

    /// <summary>Completes when an event above <paramref name="after"/> may be there: at once if so, else after the next commit (also of another node).
    /// Spurious completions are allowed; a missed one is not. All waiters share one watch on the store.</summary>
    Task WaitAsync(long after, CancellationToken cancellationToken);

    /// <summary>Deletes events older than <paramref name="before"/> or beyond the newest <paramref name="keep"/>, in small batches. Returns the number deleted.</summary>
    Task<int> PruneAsync(DateTimeOffset before, long keep, CancellationToken cancellationToken);
}

/// <param name="LookedTo">Up to this id nothing else passes the filter; never below what was asked for.</param>
/// <param name="IsLast">Whether the log ends there.</param>
public sealed record EventPart(IReadOnlyList<VigilEvent> Events, long LookedTo, bool IsLast);

/// <param name="Oldest">The oldest id still kept (newest + 1 when all were pruned).</param>
public sealed record EventRange(long Oldest, long Newest);
