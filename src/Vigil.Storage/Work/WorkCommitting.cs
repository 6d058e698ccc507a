using Vigil.Storage.Engine;
using Vigil.Storage.Notify;
using Vigil.Storage.Rows;
using Vigil.Storage.Runs;
using Vigil.Storage.Sessions;
using Vigil.Storage.State;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>running → finished, with everything that goes with it or nothing of it.</summary>
internal static class WorkCommitting
{
    public static async Task<CommitResult> CommitAsync(Db db, WorkClaim claim, WorkCommit commit)
    {
        // What it says is reserved before anything else that takes long: the other one who wants to say the same waits here.
        var changed = await db.RunManyAsync([Finish(claim, commit), .. SaidRows.Reserve(commit.Reservations)]);
        if (changed.Contains(0))
        {
            // Skipped works reserve nothing, and those of one write must not undo each other.
            if (changed.Count > 1)
                db.RollBack();
            return changed[0] == 0 ? CommitResult.NotMine : CommitResult.SaidMeanwhile;
        }
        await CloseAsync(db, claim, commit);
        foreach (var notification in commit.Notifications)
            await NotificationWrites.InsertNewAsync(db, notification);
        await StateWrites.ApplyAsync(db, commit.State);
        foreach (var messages in commit.Messages.GroupBy(one => one.Session, one => one.Messages))
            await SessionWrites.AppendAsync(db, messages.Key, [.. messages.SelectMany(some => some)]);
        // The work's own end stands before what follows from it.
        db.Append(commit.Events);
        foreach (var next in commit.Admit)
            await WorkAdmission.AdmitAsync(db, next);
        return CommitResult.Written;
    }

    private static Statement Finish(WorkClaim claim, WorkCommit commit) => new(
        $"""
        UPDATE work SET state = 'finished', outcome = @outcome, reason = @reason, reply = @reply, error = @error, finished_at = @at, usage = @usage, lease_until = NULL
        WHERE {WorkFence.Holds}
        """,
        ("work", claim.WorkId), ("attempt", (long)claim.Attempt), ("node", claim.Node), ("outcome", Words.Of(commit.Outcome)), ("reason", commit.Reason),
        ("reply", RowText.Storable(commit.Reply)), ("error", RowText.Storable(commit.Error)), ("at", commit.At.Ms()), ("usage", RowJson.Of(commit.Usage)));

    private static async Task CloseAsync(Db db, WorkClaim claim, WorkCommit commit)
    {
        if (commit.RunId is not null)
            await RunRows.CloseWithWorkAsync(db, claim.WorkId, commit.RunId, Words.Of(commit.Outcome), commit.At.Ms(), commit.Usage);
        await WorkDetails.WriteGatesAsync(db, claim, commit.Gates);
    }
}
