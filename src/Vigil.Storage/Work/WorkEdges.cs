using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Storage.Runs;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>The edges back from running, and those that people ask for (docs/states.md).</summary>
internal static class WorkEdges
{
    public static async Task<bool> DeferAsync(Db db, WorkClaim claim, DateTimeOffset until, string reason, IReadOnlyList<GateVerdict> gates, NewEvent deferred)
    {
        if (await WorkFence.TakeAsync(db, claim) is not { } row)
            return false;
        await WorkDetails.WriteGatesAsync(db, claim, gates);
        if (row.CancelRequested != 0)
        {
            await EndAsync(db, row, Outcome.Cancelled, Reasons.Cancelled, null, deferred.At);
            return true;
        }
        await db.ExecuteAsync(
            "UPDATE work SET state = 'waiting', ready = 0, due_at = @until, rank = @until + precedence, reason = @reason, node = NULL, lease_until = NULL WHERE id = @id",
            new { id = row.Id, until = until.Ms(), reason });
        await RunRows.CloseOfWorkAsync(db, row.Id, RunStates.Deferred, deferred.At.Ms());
        db.Append(deferred);
        return true;
    }

    public static async Task<bool> ReleaseAsync(Db db, WorkClaim claim, DateTimeOffset now)
    {
        if (await WorkFence.TakeAsync(db, claim) is not { } row)
            return false;
        if (row.CancelRequested != 0)
            await EndAsync(db, row, Outcome.Cancelled, Reasons.Cancelled, null, now);
        else
            await BackInLineAsync(db, row, row.LostAttempts, RunStates.Released, now);
        return true;
    }

    public static async Task<IReadOnlyList<LostWork>> TakeOverAsync(Db db, string? deadNode, DateTimeOffset now, int attempts)
    {
        var lost = await db.QueryAsync<WorkRow>(
            $"SELECT {WorkRow.Columns} FROM work WHERE state = 'running' AND (lease_until < {db.Dialect.Now} OR node = @deadNode) ORDER BY rank, id {db.Dialect.ForUpdate}",
            new { deadNode = deadNode ?? "", now = now.Ms() });
        foreach (var row in lost)
        {
            row.LostAttempts++;
            if (row.CancelRequested != 0)
                await EndAsync(db, row, Outcome.Cancelled, Reasons.Cancelled, null, now);
            else if (row.LostAttempts >= attempts)
                await EndAsync(db, row, Outcome.Failed, Reasons.Attempts, $"Its gateway ended in the middle of it {Counted.Of(row.LostAttempts, "time")}.", now);
            else
                await BackInLineAsync(db, row, row.LostAttempts, RunStates.Lost, now);
        }
        var touched = await db.QueryAsync<WorkRow>($"SELECT {WorkRow.Columns} FROM work WHERE {db.Dialect.In("id", "ids")}", new { ids = lost.Select(row => row.Id).ToArray() });
        var holders = lost.ToDictionary(row => row.Id, row => row.Node);
        return [.. (await WorkDetails.LoadAsync(db, touched)).Select(work => new LostWork(work, holders[work.Id]))];
    }

    public static async Task<CancelResult> CancelAsync(Db db, string id, DateTimeOffset now)
    {
        var state = await db.ScalarAsync<string>($"SELECT state FROM work WHERE id = @id {db.Dialect.ForUpdate}", new { id });
        if (state is null)
            return CancelResult.NotFound;
        if (state == "finished")
            return CancelResult.AlreadyFinished;
        // CASE looks at the row as it is when it is locked: what was claimed meanwhile is marked, not ended.
        var family = await db.QueryAsync<WorkRow>(
            $"""
            WITH RECURSIVE family(id) AS (
              SELECT id FROM work WHERE id = @id
              UNION SELECT child.id FROM work child JOIN family ON child.parent = family.id)
            UPDATE work SET cancel_requested = 1,
              state = CASE WHEN state = 'waiting' THEN 'finished' ELSE state END,
              outcome = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE outcome END,
              reason = CASE WHEN state = 'waiting' THEN '{Reasons.Cancelled}' ELSE reason END,
              finished_at = CASE WHEN state = 'waiting' THEN @now ELSE finished_at END
            WHERE id IN (SELECT id FROM family) AND state <> 'finished'
            RETURNING id, agent, source, state
            """, new { id, now = now.Ms() });
        foreach (var row in family.Where(row => row.State == "finished").OrderBy(row => row.Id, StringComparer.Ordinal))
            db.Append(new NewEvent(now, EventTypes.WorkCancelled, row.Source, row.Agent, row.Id, NewEvent.Json(new { reason = Reasons.Cancelled })));
        return state == "waiting" ? CancelResult.Cancelled : CancelResult.Requested;
    }

    public static async Task<RetryResult> RetryAsync(Db db, string id, DateTimeOffset now)
    {
        var row = await db.FirstAsync<WorkRow>(
            $"""
            UPDATE work AS w SET state = 'waiting', outcome = NULL, reason = NULL, reply = NULL, error = NULL, usage = NULL, started_at = NULL, finished_at = NULL, node = NULL,
              cancel_requested = 0, lost_attempts = 0, retried_at_attempt = attempt, due_at = @now, ready = 1, rank = {FairOrder.Rank(db.Dialect, "w.agent", "@now", "w.precedence", "@now", "1")}
            WHERE id = @id AND state = 'finished' AND outcome IN ('failed', 'cancelled')
            RETURNING {WorkRow.Columns}
            """, new { id, now = now.Ms() });
        if (row is null)
            return await db.ScalarAsync<string>("SELECT id FROM work WHERE id = @id", new { id }) is null ? RetryResult.NotFound : RetryResult.NotRetryable;
        await RunRows.AbandonJournalsAsync(db, id);
        db.Append(WorkAdmission.Requested(row.ToWork() with { CreatedAt = now }, again: true));
        return RetryResult.Waiting;
    }

    private static async Task BackInLineAsync(Db db, WorkRow row, long lostAttempts, string runState, DateTimeOffset now)
    {
        await db.ExecuteAsync(
            "UPDATE work SET state = 'waiting', ready = 1, node = NULL, lease_until = NULL, lost_attempts = @lostAttempts WHERE id = @id",
            new { id = row.Id, lostAttempts });
        await RunRows.CloseOfWorkAsync(db, row.Id, runState, now.Ms());
    }

    private static async Task EndAsync(Db db, WorkRow row, Outcome outcome, string reason, string? error, DateTimeOffset at)
    {
        await db.ExecuteAsync(
            """
            UPDATE work SET state = 'finished', outcome = @outcome, reason = @reason, error = @error, finished_at = @at, lease_until = NULL, lost_attempts = @lostAttempts
            WHERE id = @id
            """, new { id = row.Id, outcome = Words.Of(outcome), reason, error, at = at.Ms(), lostAttempts = row.LostAttempts });
        await RunRows.CloseOfWorkAsync(db, row.Id, Words.Of(outcome), at.Ms());
        db.Append(new NewEvent(at, outcome == Outcome.Failed ? EventTypes.WorkError : EventTypes.WorkCancelled, row.Source, row.Agent, row.Id,
            NewEvent.Json(new { reason, attempt = row.Attempt, error })));
    }
}
