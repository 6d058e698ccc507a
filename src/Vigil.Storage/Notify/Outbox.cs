using Vigil.Events;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Storage.Sessions;

namespace Vigil.Storage.Notify;

/// <summary>The edges of a delivery (docs/states.md): waiting or held → sending → what the channel answered.</summary>
internal static class Outbox
{
    // Word for word the condition of the outbox's indexes.
    private const string Open = "state IN ('waiting', 'held') AND next_at IS NOT NULL";

    /// <summary>
    /// The oldest due delivery of each free target, never two to one target at once. Targets are found by skipping through the index, so a dead target's long
    /// queue costs the others nothing.
    /// </summary>
    public static async Task<IReadOnlyList<(Delivery Delivery, Notification Notification)>> ClaimAsync(
        Db db, string node, int limit, IReadOnlyCollection<string> busyTargets, long now, long lease)
    {
        var heads = await db.QueryAsync<string>(
            $"""
            WITH RECURSIVE targets(target) AS (
              SELECT min(target) FROM delivery WHERE {Open}
              UNION ALL SELECT (SELECT min(d.target) FROM delivery d WHERE {Open} AND d.target > targets.target)
              FROM targets WHERE targets.target IS NOT NULL)
            SELECT head FROM (
              SELECT (SELECT d.id FROM delivery d WHERE d.target = targets.target AND {Open} AND d.next_at <= @now
                ORDER BY d.next_at, d.created_at, d.id LIMIT 1) AS head
              FROM targets WHERE targets.target IS NOT NULL AND NOT ({db.Dialect.In("targets.target", "busy")})) heads
            WHERE head IS NOT NULL
            """, new { now, busy = busyTargets.ToArray() });
        if (heads.Count == 0)
            return [];
        var due = await db.QueryAsync<string>(
            $"SELECT id FROM delivery WHERE {db.Dialect.In("id", "heads")} AND {Open} ORDER BY next_at, created_at, id LIMIT @limit {db.Dialect.SkipLocked}",
            new { heads = heads.ToArray(), limit = (long)limit });
        var claimed = await db.QueryAsync<DeliveryRow>(
            $"""
            UPDATE delivery SET state = 'sending', attempts = attempts + 1, node = @node, lease_until = {db.Dialect.Now} + @lease, at = @now
            WHERE {db.Dialect.In("id", "due")} RETURNING {DeliveryRow.Columns}
            """, new { due = due.ToArray(), node, now, lease });
        var ids = new { ids = claimed.Select(row => row.Notification).Distinct().ToArray() };
        var notifications = (await InboxQueries.LoadAsync(db, await db.QueryAsync<NotificationRow>(
            $"SELECT {NotificationRow.Columns} FROM notification WHERE {db.Dialect.In("id", "ids")}", ids))).ToDictionary(notification => notification.Id);
        return [.. claimed.OrderBy(row => row.NextAt).ThenBy(row => row.CreatedAt).ThenBy(row => row.Id, StringComparer.Ordinal)
            .Select(row => (row.ToDelivery(), notifications[row.Notification]))];
    }

    public static async Task<bool> FinishAsync(Db db, string id, string node, int attempt, DeliveryResult result)
    {
        var row = await db.FirstAsync<DeliveryRow>(
            $"""
            UPDATE delivery SET state = @state, at = @at, receipt = coalesce(@receipt, receipt), error = @error, next_at = @next, node = NULL, lease_until = NULL
            WHERE id = @id AND state = 'sending' AND node = @node AND attempts = @attempt RETURNING {DeliveryRow.Columns}
            """,
            new
            {
                id,
                node,
                attempt = (long)attempt,
                state = Words.Of(result.State),
                at = result.At.Ms(),
                receipt = RowText.Storable(result.Receipt),
                error = RowText.Storable(result.Error),
                next = result.State is DeliveryState.Waiting or DeliveryState.Held ? (result.NextAt ?? result.At).Ms() : (long?)null,
            });
        if (row is null)
            return false;
        if (result.ConfirmSaid)
            await SaidRows.ConfirmAsync(db, row.Notification, row.Target, result.At.Ms());
        if (result.ReleaseSaid)
            await SaidRows.ReleaseAsync(db, row.Notification, row.Target);
        if (result.Append is { } append)
            await SessionWrites.AppendAsync(db, append.Session, append.Messages);
        db.Append(result.Events);
        return true;
    }

    public static async Task<int> RecoverAsync(Db db, string? onlyNode, Func<string, bool> recognisesRepeats, DateTimeOffset now)
    {
        var stranded = await db.QueryAsync<DeliveryRow>(
            $"SELECT {DeliveryRow.Columns} FROM delivery WHERE state = 'sending' AND (lease_until < {db.Dialect.Now} OR (@alone = 1 AND node <> @onlyNode)) ORDER BY created_at, id {db.Dialect.SkipLocked}",
            new { now = now.Ms(), alone = onlyNode is null ? 0L : 1L, onlyNode = onlyNode ?? "" });
        foreach (var row in stranded)
        {
            var again = recognisesRepeats(row.Target);
            await db.ExecuteAsync(
                "UPDATE delivery SET state = @state, next_at = @next, at = @now, error = @error, node = NULL, lease_until = NULL WHERE id = @id",
                new
                {
                    id = row.Id,
                    now = now.Ms(),
                    state = again ? "waiting" : "unknown",
                    next = again ? now.Ms() : (long?)null,
                    error = "The gateway ended before the channel answered.",
                });
            if (again)
                continue;
            var (work, source) = await db.FirstAsync<(string? Work, string Source)>("SELECT work, source FROM notification WHERE id = @id", new { id = row.Notification });
            db.Append(new NewEvent(now, EventTypes.NotificationUnknown, source, row.Agent, work, NewEvent.Json(new { notification = row.Notification, delivery = row.Id, target = row.Target })));
        }
        return stranded.Count;
    }

    public static Task<long?> NextAsync(Db db) => db.ScalarAsync<long?>($"SELECT min(next_at) FROM delivery WHERE {Open}");
}
