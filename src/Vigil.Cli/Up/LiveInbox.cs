using Microsoft.Extensions.Logging;
using Vigil.Cli.Terminal;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Cli.Up;

/// <summary>Shows what agents say in the terminal that the gateway runs in.</summary>
internal sealed class LiveInbox(IEventLog events, INotificationStore inbox, ISettings settings, TimeProvider time, ILogger<LiveInbox> log)
{
    private const int Page = 100;

    // A busy gateway writes thousands of events a second, few of which are for people: looked through one by one they would cost as much as what they tell of.
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(200);

    private static readonly EventFilter s_posted = new(TypePrefix: EventTypes.NotificationPosted);

    public async Task ShowAsync(CancellationToken stopping)
    {
        try
        {
            var seen = (await events.RangeAsync(stopping)).Newest;
            while (true)
            {
                await events.WaitAsync(seen, stopping);
                await Task.Delay(s_gather, time, stopping);
                seen = await ShowAsync(seen, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway stops.
        }
        catch (Exception failed)
        {
            log.LogWarning(failed, "New notifications are no longer shown here; the inbox has them.");
        }
    }

    private async Task<long> ShowAsync(long seen, CancellationToken stopping)
    {
        while (true)
        {
            var part = await events.ReadPartAsync(seen, Page, s_posted, stopping);
            foreach (var posted in part.Events)
                await ShowAsync(posted, stopping);
            seen = part.LookedTo;
            if (part.IsLast)
                return seen;
        }
    }

    private async Task ShowAsync(VigilEvent posted, CancellationToken cancellationToken)
    {
        if (posted.Payload.TryGetProperty("notification", out var id) && await inbox.GetAsync(id.GetString()!, cancellationToken) is { } said)
            Output.Say($"{PersonTime.Clock(said.CreatedAt, settings.Current.Timezone)}  {said.Agent}: {Output.Plain(said.Text).ReplaceLineEndings("\n       ")}");
    }
}
