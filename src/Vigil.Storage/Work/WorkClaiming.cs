using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Storage.Sessions;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>waiting → running, and what keeps a claim alive.</summary>
internal static class WorkClaiming
{
    // Not NOT EXISTS: a planner may turn that into a join that reads all waiting works. Nor "IS NULL", which PostgreSQL takes to be hardly ever true and then sorts them
    // all. This way a claim walks the order and stops when its slots are full.
    private static string Free(SqlDialect dialect) =>
        $"""
        coalesce((SELECT FALSE FROM work busy WHERE busy.session = w.session AND busy.state = 'running' LIMIT 1), TRUE)
          AND coalesce((SELECT FALSE FROM session_turn person WHERE person.session = w.session AND person.lease_until > {dialect.Now} LIMIT 1), TRUE)
        """;

    private const string FirstInLine =
        """
        coalesce((SELECT FALSE FROM work ahead
          WHERE ahead.session = w.session AND ahead.state = 'waiting' AND ahead.ready = 1 AND (ahead.rank, ahead.id) < (w.rank, w.id) LIMIT 1), TRUE)
        """;

    public static async Task<IReadOnlyList<AgentWork>> ClaimAsync(Db db, string node, int slots, long now, long lease)
    {
        await FairOrder.MakeReadyAsync(db, now);
        // Only the first of a session's line is taken, which also keeps two nodes from taking one each.
        var candidates = await db.QueryAsync<(string Id, string Session)>(
            $"""
            SELECT w.id, w.session FROM work w
            WHERE w.state = 'waiting' AND w.ready = 1 AND {Free(db.Dialect)} AND {FirstInLine}
            ORDER BY w.rank, w.id LIMIT @slots {db.Dialect.SkipLocked}
            """, new { now, slots = (long)slots });
        var free = await SessionLock.TryAsync(db, [.. candidates.Select(candidate => candidate.Session)]);
        var ids = candidates.Where(candidate => free.Contains(candidate.Session)).Select(candidate => candidate.Id).ToList();
        if (ids.Count == 0)
            return [];
        // Asked again now that the sessions are locked: a person may have come in between.
        var claimed = await db.QueryAsync<WorkRow>(
            $"""
            UPDATE work AS w SET state = 'running', reason = NULL, attempt = attempt + 1, node = @node, lease_until = {db.Dialect.Now} + @lease, started_at = coalesce(started_at, @now)
            WHERE {db.Dialect.In("w.id", "ids")} AND w.state = 'waiting' AND {Free(db.Dialect)}
            RETURNING {WorkRow.Columns}
            """, new { ids = ids.ToArray(), node, now, lease });
        // What earlier attempts left is read for those that have some: a source counts its retries by it.
        var later = (await WorkDetails.LoadAsync(db, [.. claimed.Where(row => row.Attempt > 1)])).ToDictionary(work => work.Id);
        return [.. claimed.OrderBy(row => row.Rank).ThenBy(row => row.Id, StringComparer.Ordinal).Select(row => later.GetValueOrDefault(row.Id) ?? row.ToWork())];
    }

    public static async Task<ClaimWatch> RenewAsync(Db db, string node, IReadOnlyList<WorkClaim> claims, long now, long lease)
    {
        // Rows are taken in the order in which commits that go together take theirs, so that the two wait for each other and do not lock up.
        var held = $"SELECT id FROM work WHERE {db.Dialect.In("id", "ids")} AND state = 'running' AND node = @node {db.Dialect.Pick("", "ORDER BY id COLLATE \"C\" FOR NO KEY UPDATE")}";
        var mine = (await db.QueryAsync<WorkRow>(
            $"""
            UPDATE work SET lease_until = {db.Dialect.Now} + @lease
            WHERE id IN ({held})
            RETURNING id, attempt, session, cancel_requested
            """, new { ids = claims.Select(claim => claim.WorkId).ToArray(), node, now, lease })).ToDictionary(row => row.Id);
        var persons = (await SessionTurnRows.PersonsAsync(db, [.. mine.Values.Select(row => row.Session)], now)).ToHashSet(StringComparer.Ordinal);
        var kept = claims.Where(claim => mine.TryGetValue(claim.WorkId, out var row) && row.Attempt == claim.Attempt).Select(claim => mine[claim.WorkId]).ToList();
        return new ClaimWatch(
            Lost: [.. claims.Where(claim => !mine.TryGetValue(claim.WorkId, out var row) || row.Attempt != claim.Attempt).Select(claim => claim.WorkId)],
            Cancel: [.. kept.Where(row => row.CancelRequested != 0).Select(row => row.Id)],
            StepBack: [.. kept.Where(row => persons.Contains(row.Session)).Select(row => row.Id)]);
    }
}
