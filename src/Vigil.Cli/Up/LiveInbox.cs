using Microsoft.Extensions.Logging;
using Vigil.Cli.Terminal;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Cli.Up;

/// <summary>Shows what agents say in the terminal that the gateway runs in.</summary>
internal sealed class LiveInbox(IEventLog events, INotificationStore inbox, ISettings settings, ILogger<LiveInbox> log)
{
    private const int Page = 100;

    private static readonly EventFilter s_posted = new(TypePrefix: EventTypes.NotificationPosted);

    public async Task ShowAsync(CancellationToken stopping)
    {
        try
        {
            var seen = (await events.RangeAsync(stopping)).Newest;
            while (true)
            {
                await events.WaitAsync(seen, stopping);
                var newest = (await events.RangeAsync(stopping)).Newest;
                IReadOnlyList<VigilEvent> page;
                do
                {
                    page = await events.ReadAsync(seen, Page, s_posted, stopping);
                    foreach (var posted in page)
                        await ShowAsync(posted, stopping);
                    seen = page.Count == Page ? page[^1].Id : Math.Max(newest, page.Count > 0 ? page[^1].Id : 0);
                }
                while (page.Count == Page);
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

    private async Task ShowAsync(VigilEvent posted, CancellationToken cancellationToken)
    {
        if (posted.Payload.TryGetProperty("notification", out var id) && await inbox.GetAsync(id.GetString()!, cancellationToken) is { } said)
            Output.Say($"{PersonTime.Clock(said.CreatedAt, settings.Current.Timezone)}  {said.Agent}: {Output.Plain(said.Text).ReplaceLineEndings("\n       ")}");
    }
}
