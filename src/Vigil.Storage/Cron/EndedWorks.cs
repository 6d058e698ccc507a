using Vigil.Events;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Notify;
using Vigil.Storage.Rows;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Cron;

/// <summary>Works that are a record from the start: admitted and ended in one transaction, so that nobody ever claims them.</summary>
internal static class EndedWorks
{
    /// <summary>False when a work with its key is there already; then nothing is written.</summary>
    public static async Task<Admission> RecordAsync(Db db, AgentWork work, Outcome outcome, string? reason, NewEvent ended)
    {
        var admission = await WorkAdmission.AdmitAsync(db, new NewWork(work));
        if (!admission.Created)
            return admission;
        await EndAsync(db, work.Id, outcome, reason, null, ended.At);
        db.Append(ended);
        return admission with { Work = admission.Work with { State = WorkState.Finished, Outcome = outcome, Reason = reason, FinishedAt = ended.At } };
    }

    /// <summary>waiting → finished; false when it does not wait any more.</summary>
    public static async Task<bool> EndAsync(Db db, string id, Outcome outcome, string? reason, string? error, DateTimeOffset at)
        => await db.RunAsync("UPDATE work SET state = 'finished', outcome = @outcome, reason = @reason, error = @error, finished_at = @at WHERE id = @id AND state = 'waiting'",
            ("id", id), ("outcome", Words.Of(outcome)), ("reason", reason), ("error", error), ("at", at.Ms())) > 0;

    public static async Task PostAsync(Db db, Notification notification)
    {
        if (await NotificationWrites.InsertAsync(db, notification))
            db.Append(new NewEvent(notification.CreatedAt, EventTypes.NotificationPosted, notification.Source, notification.Agent.Value, notification.WorkId,
                NewEvent.Json(new { notification = notification.Id, urgency = notification.Urgency.ToString().ToLowerInvariant() })));
    }
}
