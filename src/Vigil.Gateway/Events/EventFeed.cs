using System.Globalization;
using System.Text.Json;
using Vigil.Events;
using Vigil.Gateway.Streams;

namespace Vigil.Gateway.Events;

/// <summary>Follows the event log for one reader: everything after a point, then what comes, each event once and in order.</summary>
public static class EventFeed
{
    private const int Batch = 500;

    /// <param name="after">The last id that the reader has seen; null begins with what comes now.</param>
    /// <param name="last">True for the event after which the stream ends.</param>
    public static async Task FollowAsync(
        SseStream stream, IEventLog log, long? after, EventFilter filter, Func<VigilEvent, bool>? last, CancellationToken cancellationToken)
    {
        var position = after ?? (await log.RangeAsync(cancellationToken)).Newest;
        await stream.OpenAsync(cancellationToken);
        if (after is null)
            await stream.PositionAsync(position, cancellationToken);
        var checkGap = after is > 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var part = await log.ReadPartAsync(position, Batch, filter, cancellationToken);
            if (checkGap)
                position = await TellGapAsync(stream, await log.RangeAsync(cancellationToken), position, cancellationToken);
            foreach (var one in part.Events)
            {
                await stream.SendTextAsync(Id(one.Id), one.Type, JsonSerializer.Serialize(one, JsonSerializerOptions.Web), cancellationToken);
                position = one.Id;
                if (last?.Invoke(one) == true)
                    return;
            }
            checkGap = true;
            position = Math.Max(position, part.LookedTo);
            if (part.IsLast)
                await log.WaitAsync(position, cancellationToken);
        }
    }

    // A reader that was away longer than events are kept, or is slower than they are pruned, must know that some are missing.
    private static async Task<long> TellGapAsync(SseStream stream, EventRange range, long position, CancellationToken cancellationToken)
    {
        if (position > range.Newest)
        {
            await stream.SendTextAsync(Id(range.Newest), "gap", JsonSerializer.Serialize(new Gap(position, range.Oldest, range.Newest), JsonSerializerOptions.Web), cancellationToken);
            return range.Newest;
        }
        if (position < range.Oldest - 1)
            await stream.SendTextAsync(null, "gap", JsonSerializer.Serialize(new Gap(position, range.Oldest, range.Newest), JsonSerializerOptions.Web), cancellationToken);
        return position;
    }

    private static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <param name="After">What the reader had asked to go on from.</param>
    /// <param name="Oldest">The oldest event that is still kept.</param>
    private sealed record Gap(long After, long Oldest, long Newest);
}
