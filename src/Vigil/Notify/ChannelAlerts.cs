using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vigil.Events;

namespace Vigil.Notify;

/// <summary>Tells in the inbox that a target does not take what is sent to it: once a day for each, since the undelivered words stand in the inbox anyway.</summary>
internal sealed class ChannelAlerts(INotificationStore store, TimeProvider time)
{
    private const int ErrorCap = 300;

    public async Task RaiseAsync(Delivery delivery, string error, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var alert = new Notification
        {
            Id = Id(delivery.Target, now),
            Agent = delivery.Agent,
            Source = "gateway",
            Text = $"{delivery.Target} could not be reached; what was meant for it is in the inbox. Last error: {(error.Length <= ErrorCap ? error : error[..ErrorCap] + "…")} To look closer: vigil why {delivery.NotificationId}",
            State = NotificationState.Posted,
            // The gateway's own words: the agent's nag limit does not count them.
            AskedFor = true,
            CreatedAt = now,
        };
        await store.PostAsync(alert, [new NewEvent(now, EventTypes.NotificationPosted, alert.Source, alert.Agent.Value, null, NewEvent.Json(new { notification = alert.Id, target = delivery.Target }))], cancellationToken);
    }

    private static string Id(string target, DateTimeOffset now)
        => "ntf_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"dead {target} {now:yyyy-MM-dd}"))).AsSpan(0, 10));
}
