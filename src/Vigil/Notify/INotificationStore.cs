using Vigil.Agents;
using Vigil.Events;
using Vigil.Sessions;

namespace Vigil.Notify;

/// <summary>Which notifications to list; what is null does not matter.</summary>
public sealed record InboxFilter
{
    public IReadOnlyCollection<AgentId>? Agents { get; init; }

    public bool UnreadOnly { get; init; }

    /// <summary>Also those that are done.</summary>
    public bool IncludeDone { get; init; }

    public IReadOnlyCollection<NotificationState>? States { get; init; }

    public string? WorkId { get; init; }
}

/// <summary>How one try to deliver ended, and everything that goes with it in the same transaction.</summary>
public sealed record DeliveryResult(DeliveryState State, DateTimeOffset At, string? Receipt, string? Error, DateTimeOffset? NextAt)
{
    public IReadOnlyList<NewEvent> Events { get; init; } = [];

    /// <summary>Confirm (delivered), release (undeliverable) or leave (waiting, unknown) what was said there.</summary>
    public bool ConfirmSaid { get; init; }

    public bool ReleaseSaid { get; init; }

    /// <summary>The notification as the agent's own words in the conversation it was delivered to.</summary>
    public (SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)? Append { get; init; }
}

/// <summary>Inbox, outbox and what was said. Notifications come in through <see cref="Work.IWorkStore.CommitAsync"/> or <see cref="PostAsync"/>.</summary>
public interface INotificationStore
{
    /// <summary>Posts without a work: notices of the gateway itself (budget hit, channel dead). Nothing is written when a notification with the same id exists.</summary>
    Task<bool> PostAsync(Notification notification, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken);

    Task<Notification?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Unread first, then newest first; a snoozed one is absent until its time and then unread.</summary>
    Task<Page<Notification>> InboxAsync(InboxFilter filter, DateTimeOffset now, string? after, int limit, CancellationToken cancellationToken);

    Task<bool> MarkReadAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>What is held is then not pushed any more.</summary>
    Task<bool> MarkDoneAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    Task<bool> SnoozeAsync(string id, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Posted and held ones of an agent since an instant, newest first: what was said lately.</summary>
    Task<IReadOnlyList<Notification>> LatelyAsync(AgentId agent, DateTimeOffset since, int limit, CancellationToken cancellationToken);

    /// <summary>How many this agent pushed since an instant, normal and low together, and urgent (for the nag limit); what was asked for does not count.</summary>
    Task<(int Normal, int Urgent)> PushedSinceAsync(AgentId agent, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Entries under these keys since an instant, reserved or confirmed, and older ones whose delivery is still to come.</summary>
    Task<IReadOnlyList<SaidEntry>> SaidAsync(AgentId agent, IReadOnlyCollection<string> keys, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>waiting → sending for due deliveries, at most <paramref name="limit"/>, none of a target in <paramref name="busyTargets"/>; held ones whose time has come as well, oldest first.</summary>
    Task<IReadOnlyList<(Delivery Delivery, Notification Notification)>> ClaimDeliveriesAsync(string node, int limit, IReadOnlyCollection<string> busyTargets, DateTimeOffset now,
        TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>sending → what the channel answered; false when another node owns the delivery now.</summary>
    Task<bool> FinishDeliveryAsync(string deliveryId, string node, int attempt, DeliveryResult result, CancellationToken cancellationToken);

    /// <summary>Deliveries that were being sent when their node died: to waiting when the channel recognises repeats, else to unknown.</summary>
    Task<int> RecoverDeliveriesAsync(Func<string, bool> recognisesRepeats, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The same at the start of a process that has the store to itself: whatever another name was sending is stranded, whatever its lease.</summary>
    Task<int> RecoverDeliveriesOfOthersAsync(string node, Func<string, bool> recognisesRepeats, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>held → posted for notifications whose quiet hours are over, oldest first, each with <c>notification.posted</c> and, if given, its words in the conversation. Returns them.</summary>
    Task<IReadOnlyList<Notification>> ReleaseHeldAsync(DateTimeOffset now, int limit, Func<Notification, (SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)?> append,
        CancellationToken cancellationToken);

    Task<DateTimeOffset?> NextDeliveryAsync(CancellationToken cancellationToken);

    /// <summary>Agents with notifications that the nag limit held and whose digest is due.</summary>
    Task<IReadOnlyList<AgentId>> DigestsDueAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Held by the nag limit and not yet in a digest, oldest first.</summary>
    Task<IReadOnlyList<Notification>> HeldForDigestAsync(AgentId agent, int limit, CancellationToken cancellationToken);

    /// <summary>Posts the digest and marks what it holds as posted, in one transaction.</summary>
    Task PostDigestAsync(Notification digest, IReadOnlyCollection<string> contains, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken);
}
