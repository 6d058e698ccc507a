using System.Runtime.CompilerServices;

namespace Vigil.Events;

/// <summary>Following the log as it grows.</summary>
public static class EventFollow
{
    private const int Batch = 256;

    /// <summary>Everything after an id that passes the filter, then what comes, until cancelled. Holds no more than one batch, so a slow reader costs nobody else.</summary>
    public static async IAsyncEnumerable<VigilEvent> FollowAsync(this IEventLog log, long after, EventFilter? filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            await log.WaitAsync(after, cancellationToken);
            // Before the read: what the filter drops up to here need not be looked at again.
            var newest = (await log.RangeAsync(cancellationToken)).Newest;
            var read = await log.ReadAsync(after, Batch, filter, cancellationToken);
            foreach (var one in read)
                yield return one;
            if (read.Count == Batch)
                after = read[^1].Id;
            else
                after = Math.Max(Math.Max(after, newest), read.Count == 0 ? 0 : read[^1].Id);
        }
    }
}
