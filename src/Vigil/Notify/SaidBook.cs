using Vigil.Settings;

namespace Vigil.Notify;

/// <param name="RepeatOf">The notification that was repeated; then there is nothing to reserve.</param>
internal sealed record SaidOutcome(Notification Notification, IReadOnlyList<SaidReservation> Reservations, string? RepeatOf);

/// <summary>
/// What was said, per agent and target, within the window. A text is a repeat when its normalised form was said; a topic is a repeat when the same figures were
/// said with no lower urgency. What was asked for is said however often.
/// </summary>
internal sealed class SaidBook(INotificationStore store, ISettings settings)
{
    /// <summary>The inbox counts as a target: what only goes there is not repeated there either.</summary>
    private const string InboxTarget = "inbox";

    public async Task<SaidOutcome> ReserveAsync(Notification notification, NotificationDraft draft, IEnumerable<string> saidBefore, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (draft.AskedFor || notification.State == NotificationState.Suppressed)
            return new SaidOutcome(notification, [], null);
        var textKey = SaidText.Key(draft.Text);
        var topicKey = string.IsNullOrWhiteSpace(draft.Topic) ? null : "topic:" + SaidText.Key(draft.Topic);
        if (saidBefore.Any(earlier => SaidText.Key(earlier) == textKey))
            return Repeat(notification, "the same turn");

        var since = now - settings.Current.Notify.DedupWindow;
        string[] keys = topicKey is null ? [textKey] : [textKey, topicKey];
        var said = await store.SaidAsync(notification.Agent, keys, since, cancellationToken);
        var figures = string.Join(" ", SaidText.Figures(draft.Text));
        var targets = notification.Deliveries.Count > 0 ? notification.Deliveries.Select(delivery => delivery.Target).ToList() : [InboxTarget];
        var fresh = new List<string>();
        var reservations = new List<SaidReservation>();
        string? repeatOf = null;
        foreach (var target in targets)
        {
            var here = said.Where(entry => entry.Target == target).ToList();
            var same = here.Find(entry => entry.Key == textKey && entry.Urgency >= draft.Urgency)
                       ?? here.Find(entry => entry.Key == topicKey && entry.Figures == figures && entry.Urgency >= draft.Urgency);
            if (same is not null)
            {
                repeatOf ??= same.NotificationId;
                continue;
            }
            fresh.Add(target);
            foreach (var key in keys)
            {
                var entry = new SaidEntry(notification.Agent, target, key, notification.Id, now, notification.Deliveries.Count == 0, figures, draft.Urgency, draft.Text);
                reservations.Add(new SaidReservation(entry, since, here.Find(earlier => earlier.Key == key)?.NotificationId));
            }
        }
        if (fresh.Count == 0)
            return Repeat(notification, repeatOf!);
        var kept = notification with { Deliveries = [.. notification.Deliveries.Where(delivery => fresh.Contains(delivery.Target))] };
        return new SaidOutcome(kept, reservations, null);
    }

    private static SaidOutcome Repeat(Notification notification, string of) => new(
        notification with { State = NotificationState.Suppressed, Reason = Reasons.Duplicate, RepeatOf = of, HeldUntil = null, Deliveries = [] }, [], of);
}
