using Vigil.Agents;
using Vigil.Notify;
using Vigil.Storage.Tests.Work;
using Vigil.Work;

namespace Vigil.Storage.Tests.Notify;

/// <summary>Words in which tests about notifications are written.</summary>
public abstract class NotifySuite : WorkSuite
{
    protected Notification Note(string id, string agent = "main", params string[] targets) => new()
    {
        Id = id,
        Agent = AgentId.Parse(agent),
        Source = WorkSources.Heartbeat,
        Text = $"text of {id}",
        State = NotificationState.Posted,
        CreatedAt = Now,
        Deliveries = [.. targets.Select((target, i) => To(id, target, i, agent))],
    };

    protected Delivery To(string notification, string target, int n = 0, string agent = "main")
        => new() { Id = $"{notification}-{n}", NotificationId = notification, Agent = AgentId.Parse(agent), Target = target, At = Now };

    /// <summary>Posts, and lets a little time pass so that the order is plain.</summary>
    protected async Task PostAsync(Notification notification)
    {
        Assert.True(await Notifications.PostAsync(notification, [], None));
        Clock.Now += TimeSpan.FromMilliseconds(10);
    }

    protected async Task<IReadOnlyList<(Delivery Delivery, Notification Notification)>> ClaimDeliveriesAsync(int limit = 10, string node = Node, params string[] busy)
        => await Notifications.ClaimDeliveriesAsync(node, limit, busy, Now, Lease, None);

    protected async Task<IEnumerable<string>> ClaimedIdsAsync(int limit = 10, params string[] busy) => (await ClaimDeliveriesAsync(limit, Node, busy)).Select(claimed => claimed.Delivery.Id);

    protected async Task<Delivery> DeliveryAsync(string notification, int n = 0)
        => (await Notifications.GetAsync(notification, None))!.Deliveries.Single(delivery => delivery.Id == $"{notification}-{n}");

    protected DeliveryResult Result(DeliveryState state, string? error = null, DateTimeOffset? next = null) => new(state, Now, null, error, next);
}
