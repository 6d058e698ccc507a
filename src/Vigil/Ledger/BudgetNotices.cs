using System.Collections.Concurrent;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Ledger;

/// <summary>Tells that a budget is used up: one event and one notice for each limit and period, however often it is met and over restarts.</summary>
internal sealed class BudgetNotices(INotificationStore notifications, IEventLog events, ISettings settings, TimeProvider time)
{
    private const int Remembered = 10_000;

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    public async Task TellAsync(AgentProfile profile, BudgetVerdict verdict, CancellationToken cancellationToken)
    {
        var id = $"ntf_budget_{verdict.Scope}_{verdict.Period}_{verdict.Action}".ToLowerInvariant();
        if (!Remember(id))
            return;
        var whole = verdict.Scope == "gateway";
        var agent = whole && AgentId.TryParse(settings.Current.DefaultAgent, null, out var main) ? main : profile.Id;
        var now = time.GetUtcNow();
        var until = verdict.UntilIn(profile);
        var what = verdict.Action switch
        {
            BudgetAction.Stop => $"No model is asked until {until}.",
            BudgetAction.Cheapest => $"The cheapest priced model is used until {until}.",
            _ => "Models are asked as before.",
        };
        var notification = new Notification
        {
            Id = id,
            Agent = agent,
            Source = "gateway",
            Text = $"The budget is used up: {verdict.Exceeded}. {what} vigil cost shows where it went.",
            State = NotificationState.Posted,
            AskedFor = true,
            CreatedAt = now,
            Deliveries = [.. settings.Current.Notify.Owner.Where(target => target != Targets.Inbox).Select(target => new Delivery
            {
                Id = NewId.Delivery(time),
                NotificationId = id,
                Agent = agent,
                Target = target,
                NextAt = now,
                At = now,
            })],
        };
        var exceeded = new NewEvent(now, EventTypes.BudgetExceeded, "gateway", whole ? null : profile.Id.Value, null,
            NewEvent.Json(new { scope = verdict.Scope, period = verdict.Period, limit = verdict.Exceeded, action = verdict.Action?.ToString().ToLowerInvariant(), until = verdict.Until }));
        // The notice is what makes it once: with an id that is there already nothing is written, the event neither.
        await notifications.PostAsync(notification, [exceeded], cancellationToken);
    }

    public async Task WarnUnpricedAsync(AgentProfile profile, string model, CancellationToken cancellationToken)
    {
        if (!Remember($"unpriced {model} {LedgerClerk.Day(time.GetUtcNow(), profile.Timezone)}"))
            return;
        await events.AppendAsync([new NewEvent(time.GetUtcNow(), EventTypes.BudgetUnpriced, "gateway", profile.Id.Value, null, NewEvent.Json(new { model, hint = "models.prices in vigil.json" }))], cancellationToken);
    }

    private bool Remember(string id)
    {
        if (_told.Count > Remembered)
            _told.Clear();
        return _told.TryAdd(id, true);
    }
}
