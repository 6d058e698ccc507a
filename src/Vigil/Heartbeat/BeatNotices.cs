using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.State;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>Failed beats in a row with one cause.</summary>
/// <param name="First">The work that failed first; it makes the ids of the notices, so that none is posted twice.</param>
internal sealed record BeatFailures(string Cause, int Count, string First, bool Told, bool Works);

/// <summary>
/// Beats that fail again and again with one cause must not go unnoticed: the owner gets one notice after <see cref="Before"/> of them, one more when a beat works again, and
/// none between.
/// </summary>
internal sealed class BeatNotices(IStateStore state, INotificationStore notifications, ISettings settings, TimeProvider time)
{
    public const int Before = 3;

    public async Task<StateChange?> CountAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken)
    {
        if (result.Outcome is Outcome.Skipped or Outcome.Cancelled || !BeatWork.IsBeat(context.Work))
            return null;
        var agent = context.Work.Agent;
        var before = await state.ReadAsync<BeatFailures>(agent, BeatState.FailuresKey, cancellationToken);
        if (result.Outcome != Outcome.Failed)
            return before is null ? null : before.Told ? Change(agent, before with { Works = true }) : BeatState.Remove(agent, BeatState.Area, BeatState.FailuresKey);
        var cause = result.Reason ?? "";
        // After a notice another cause is no news either: the owner knows that the beats fail, and hears when they work.
        return Change(agent, before is { Works: false } && (before.Cause == cause || before.Told)
            ? before with { Count = before.Count + 1, Cause = cause }
            : new BeatFailures(cause, 1, context.Work.Id, false, false));
    }

    /// <summary>After the commit. What a crash leaves untold is told after the next beat.</summary>
    public async Task TellAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var agent = context.Work.Agent;
        if (await state.ReadAsync<BeatFailures>(agent, BeatState.FailuresKey, cancellationToken) is not { } failures)
            return;
        if (failures.Works)
        {
            await PostAsync(agent, $"ntf_works_{failures.First}", $"The heartbeat of agent {agent} works again after {Counted.Of(failures.Count, "failed beat")}.", cancellationToken);
            await state.ApplyAsync([BeatState.Remove(agent, BeatState.Area, BeatState.FailuresKey)], cancellationToken);
        }
        else if (!failures.Told && failures.Count >= Before)
        {
            await PostAsync(agent, $"ntf_fails_{failures.First}",
                $"The last {failures.Count} beats of agent {agent} failed with the same cause ({failures.Cause}). The next is tried at its next slot; vigil why {context.Work.Id} shows the details.",
                cancellationToken);
            await state.ApplyAsync([Change(agent, failures with { Told = true })], cancellationToken);
        }
    }

    private static StateChange Change(AgentId agent, BeatFailures failures) => BeatState.Change(agent, BeatState.Area, BeatState.FailuresKey, failures);

    private Task PostAsync(AgentId agent, string id, string text, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var notification = new Notification
        {
            Id = id,
            Agent = agent,
            Source = "gateway",
            Text = text,
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
        return notifications.PostAsync(notification, [new NewEvent(now, EventTypes.NotificationPosted, "gateway", agent.Value, null, NewEvent.Json(new { notification = id }))], cancellationToken);
    }
}
