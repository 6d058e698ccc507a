using Vigil.Cron;
using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Cron;

/// <summary>The two halves of a sweep, in one transaction: count what has ended, start what is due.</summary>
internal static class Sweeping
{
    private const string DueWhere =
        """
        (next_at <= @now OR (queued_slot IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM schedule_slot s JOIN work w ON w.id = s.work WHERE s.schedule = schedule.id AND w.state <> 'finished')))
        """;

    private const string EndedFrom = "FROM schedule_slot JOIN work ON work.id = schedule_slot.work WHERE work.state = 'finished'";

    /// <summary>A look before the write: most seconds have nothing to do, and a read costs no flush and no lock.</summary>
    public static async Task<SweepResult> HasWorkAsync(IDatabase database, DateTimeOffset now, int limit, ISweepPlan plan, CancellationToken cancellationToken)
    {
        var at = now.Ms();
        var any = await database.ReadAsync(db => db.ScalarAsync<long?>(
            $"SELECT 1 WHERE EXISTS (SELECT 1 FROM schedule WHERE {DueWhere}) OR EXISTS (SELECT 1 {EndedFrom})", new { now = at }), cancellationToken);
        return any is null ? SweepResult.Nothing : await database.WriteAsync(db => SweepAsync(db, now, limit, plan), cancellationToken);
    }

    private static async Task<SweepResult> SweepAsync(Db db, DateTimeOffset now, int limit, ISweepPlan plan)
    {
        var count = new Count();
        var settled = await SettleAsync(db, now, limit, plan, count);
        var due = await db.QueryAsync<ScheduleRow>(
            $"SELECT {ScheduleRow.Columns} FROM schedule WHERE {DueWhere} ORDER BY next_at, id LIMIT @limit {db.Dialect.SkipLocked}", new { now = now.Ms(), limit = (long)limit });
        var open = await OpenAsync(db, due);
        foreach (var row in due)
            await WriteAsync(db, plan.Due(new DueSchedule(row.ToSchedule(), [.. open[row.Id]]), now), now, count);
        return new SweepResult(count.Admitted, count.Skipped, count.Notices, settled == limit || due.Count == limit);
    }

    private static async Task<int> SettleAsync(Db db, DateTimeOffset now, int limit, ISweepPlan plan, Count count)
    {
        var ended = await db.QueryAsync<EndedRow>(
            $"SELECT schedule_slot.schedule AS schedule, work.id AS id, work.outcome AS outcome, work.reason AS reason, work.error AS error, work.finished_at AS finished_at {EndedFrom} ORDER BY work.finished_at, work.id LIMIT @limit",
            new { limit = (long)limit });
        if (ended.Count == 0)
            return 0;
        var rows = await db.QueryAsync<ScheduleRow>($"SELECT {ScheduleRow.Columns} FROM schedule WHERE {db.Dialect.In("id", "ids")} ORDER BY id {db.Dialect.ForUpdate}",
            new { ids = ended.Select(one => one.Schedule).Distinct().ToArray() });
        var schedules = rows.ToDictionary(row => row.Id, row => row.ToSchedule());
        foreach (var one in ended)
        {
            if (await db.RunAsync("DELETE FROM schedule_slot WHERE work = @work", ("work", one.Id)) == 0 || !schedules.TryGetValue(one.Schedule, out var schedule))
                continue;
            var step = plan.Settle(schedule, new EndedSlot(one.Id, Words.Parse<Outcome>(one.Outcome), one.Reason, one.Error, one.FinishedAt.At()), now);
            await WriteAsync(db, step, now, count);
            schedules[one.Schedule] = step.After;
        }
        return ended.Count;
    }

    private static async Task<ILookup<string, OpenSlot>> OpenAsync(Db db, IReadOnlyList<ScheduleRow> due)
    {
        if (due.Count == 0)
            return Array.Empty<OpenSlot>().ToLookup(_ => "");
        // Locked, so that a retry that is to be superseded is not claimed between this look and the write.
        var rows = await db.QueryAsync<OpenRow>(
            $"""
            SELECT schedule_slot.schedule AS schedule, work.id AS id, work.state AS state, work.reason AS reason, work.attempt AS attempt
            FROM schedule_slot JOIN work ON work.id = schedule_slot.work
            WHERE {db.Dialect.In("schedule_slot.schedule", "ids")} AND work.state <> 'finished' ORDER BY work.id {db.Dialect.Pick("", "FOR UPDATE OF work")}
            """, new { ids = due.Select(row => row.Id).ToArray() });
        return rows.ToLookup(row => row.Schedule, row => new OpenSlot(row.Id, row.State == "running", row is { State: "waiting", Reason: Reasons.ModelError, Attempt: > 0 }));
    }

    private static async Task WriteAsync(Db db, SweepStep step, DateTimeOffset now, Count count)
    {
        foreach (var work in step.Supersede)
        {
            if (await EndedWorks.EndAsync(db, work, Outcome.Cancelled, Reasons.Superseded, "The model kept failing until the next slot came.", now))
                db.Append(new NewEvent(now, EventTypes.WorkCancelled, WorkSources.Cron, step.After.Agent.Value, work, NewEvent.Json(new { reason = Reasons.Superseded })));
        }
        foreach (var (work, reason, skipped) in step.Skip)
        {
            if ((await EndedWorks.RecordAsync(db, work, Outcome.Skipped, reason, skipped)).Created)
                count.Skipped++;
        }
        foreach (var work in step.Admit)
        {
            if (!(await WorkAdmission.AdmitAsync(db, new NewWork(work))).Created)
                continue;
            count.Admitted++;
            await db.RunAsync("INSERT INTO schedule_slot (work, schedule) VALUES (@work, @schedule)", ("work", work.Id), ("schedule", work.Origin));
        }
        foreach (var notice in step.Notices)
            await EndedWorks.PostAsync(db, notice);
        count.Notices += step.Notices.Count;
        db.Append(step.Events);
        await ScheduleWrites.MoveAsync(db, step.After);
    }

    private sealed class Count
    {
        public int Admitted { get; set; }

        public int Skipped { get; set; }

        public int Notices { get; set; }
    }

    private sealed class EndedRow
    {
        public string Schedule { get; set; } = "";

        public string Id { get; set; } = "";

        public string Outcome { get; set; } = "";

        public string? Reason { get; set; }

        public string? Error { get; set; }

        public long FinishedAt { get; set; }
    }

    private sealed class OpenRow
    {
        public string Schedule { get; set; } = "";

        public string Id { get; set; } = "";

        public string State { get; set; } = "";

        public string? Reason { get; set; }

        public long Attempt { get; set; }
    }
}
