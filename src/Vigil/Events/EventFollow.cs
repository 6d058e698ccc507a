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
            var part = await log.ReadPartAsync(after, Batch, filter, cancellationToken);
            foreach (var one in part.Events)
                yield return one;
            after = part.LookedTo;
        }
    }
}
