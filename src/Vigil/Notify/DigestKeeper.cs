using System.Text;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Time;

namespace Vigil.Notify;

/// <summary>Sends what the nag limit held back as one message an agent and its targets, at the time that the settings name.</summary>
internal sealed class DigestKeeper(INotificationStore store, DeliverySignal signal, TimeProvider time) : IHousekeeping
{
    private const int MostInOne = 50;

    public string Name => "digests";

    public TimeSpan Every => TimeSpan.FromSeconds(20);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var agent in await store.DigestsDueAsync(now, cancellationToken))
        {
            // What was meant for one place is told in no other.
            foreach (var held in (await store.HeldForDigestAsync(agent, MostInOne, cancellationToken)).GroupBy(one => string.Join(' ', TargetsOf(one).Order(StringComparer.Ordinal))))
                await PostAsync(agent, [.. held], now, cancellationToken);
        }
    }

    private async Task PostAsync(AgentId agent, IReadOnlyList<Notification> held, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var id = NewId.Notification(time);
        var digest = new Notification
        {
            Id = id,
            Agent = agent,
            Source = held[0].Source,
            Text = Text(held),
            AskedFor = true,
            State = NotificationState.Posted,
            CreatedAt = now,
            Deliveries = [.. TargetsOf(held[0]).Select(target => new Delivery
            {
                Id = NewId.Delivery(time),
                NotificationId = id,
                Agent = agent,
                Target = target,
                NextAt = now,
                At = now,
            })],
        };
        var posted = new NewEvent(now, EventTypes.NotificationPosted, digest.Source, agent.Value, null,
            NewEvent.Json(new { notification = id, digest = true, contains = held.Select(one => one.Id).ToArray() }));
        await store.PostDigestAsync(digest, [.. held.Select(one => one.Id)], [posted], cancellationToken);
        signal.Set();
    }

    private static IEnumerable<string> TargetsOf(Notification held) => held.Deliveries.Select(delivery => delivery.Target).Distinct(StringComparer.Ordinal);

    private static string Text(IReadOnlyList<Notification> held)
    {
        var text = new StringBuilder($"{held.Count} {(held.Count == 1 ? "note" : "notes")} held back by the daily limit:");
        foreach (var one in held)
            text.Append("\n- ").Append(one.Text.ReplaceLineEndings("\n  "));
        return text.ToString();
    }
}
