using Vigil.Events;
using Vigil.Notify;

namespace Vigil.Work;

/// <summary>The events of a work's way, each naming work, agent and source. Facts only: no prompt, no reply.</summary>
internal sealed class WorkEvents(TimeProvider time)
{
    public NewEvent Deferred(AgentWork work, string reason, DateTimeOffset until)
        => Event(work, EventTypes.WorkDeferred, new { reason, until });

    public IEnumerable<NewEvent> Finished(AgentWork work, WorkResult result, string? error)
    {
        var type = result.Outcome switch
        {
            Outcome.Skipped => EventTypes.WorkSkipped,
            Outcome.Failed => EventTypes.WorkError,
            Outcome.Cancelled => EventTypes.WorkCancelled,
            _ => EventTypes.WorkDone,
        };
        var usage = result.Turn?.Usage;
        yield return Event(work, type, new
        {
            outcome = result.Outcome.ToString().ToLowerInvariant(),
            reason = result.Reason,
            error,
            attempt = work.Attempt,
            modelAsked = usage?.ModelAsked,
            modelUsed = usage?.ModelUsed,
            modelCalls = usage?.ModelCalls ?? 0,
            inputTokens = usage?.InputTokens ?? 0,
            outputTokens = usage?.OutputTokens ?? 0,
            costUsd = usage is null ? 0m : usage.CostUsd,
        });
    }

    public IEnumerable<NewEvent> Said(AgentWork work, SpeechResult said) => said.Notifications.Select(notification => Event(work, notification.State switch
    {
        NotificationState.Held => EventTypes.NotificationHeld,
        NotificationState.Suppressed => EventTypes.NotificationSuppressed,
        _ => EventTypes.NotificationPosted,
    }, new
    {
        notification = notification.Id,
        urgency = notification.Urgency.ToString().ToLowerInvariant(),
        topic = notification.Topic,
        reason = notification.Reason,
        until = notification.HeldUntil,
        repeatOf = notification.RepeatOf,
    }));

    private NewEvent Event<T>(AgentWork work, string type, T payload)
        => new(time.GetUtcNow(), type, work.Source, work.Agent.Value, work.Id, NewEvent.Json(payload));
}
