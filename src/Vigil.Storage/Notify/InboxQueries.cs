using Dapper;
using Vigil.Agents;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Notify;

/// <summary>Reading the inbox.</summary>
internal static class InboxQueries
{
    // A cursor says in which half of the inbox it stands.
    private const string Unread = "u-";
    private const string Read = "r-";

    public static async Task<IReadOnlyList<Notification>> LoadAsync(Db db, IReadOnlyList<NotificationRow> rows)
    {
        if (rows.Count == 0)
            return [];
        var deliveries = (await db.QueryAsync<DeliveryRow>(
            $"SELECT {DeliveryRow.Columns} FROM delivery WHERE {db.Dialect.In("notification", "ids")} ORDER BY id", new { ids = rows.Select(row => row.Id).ToArray() }))
            .ToLookup(row => row.Notification);
        return [.. rows.Select(row => row.ToNotification([.. deliveries[row.Id].Select(delivery => delivery.ToDelivery())]))];
    }

    public static async Task<Page<Notification>> InboxAsync(Db db, InboxFilter filter, long now, Cursor? after, int limit)
    {
        var inRead = after?.Id.StartsWith(Read, StringComparison.Ordinal) == true;
        var rows = new List<(NotificationRow Row, string Half)>();
        if (!inRead)
            rows.AddRange((await HalfAsync(db, filter, unread: true, now, after, limit + 1)).Select(row => (row, Unread)));
        if (!filter.UnreadOnly && rows.Count <= limit)
            rows.AddRange((await HalfAsync(db, filter, unread: false, now, inRead ? after : null, limit + 1 - rows.Count)).Select(row => (row, Read)));
        var notifications = (await LoadAsync(db, [.. rows.Take(limit).Select(entry => entry.Row)])).ToDictionary(notification => notification.Id);
        return Cursor.Page(rows, limit, entry => new Cursor(entry.Row.CreatedAt, entry.Half + entry.Row.Id), entry => notifications[entry.Row.Id]);
    }

    public static async Task<IReadOnlyList<Notification>> LatelyAsync(Db db, AgentId agent, long since, int limit)
        => await LoadAsync(db, await db.QueryAsync<NotificationRow>(
            $"""
            SELECT {NotificationRow.Columns} FROM notification WHERE agent = @agent AND created_at >= @since AND state <> 'suppressed'
            ORDER BY created_at DESC, id DESC LIMIT @limit
            """, new { agent = agent.Value, since, limit = (long)limit }));

    public static async Task<IReadOnlyList<Notification>> HeldForDigestAsync(Db db, AgentId agent, int limit)
        => await LoadAsync(db, await db.QueryAsync<NotificationRow>(
            $"""
            SELECT {NotificationRow.Columns} FROM notification WHERE agent = @agent AND state = 'held' AND reason = '{Reasons.NagLimit}'
            ORDER BY created_at, id LIMIT @limit
            """, new { agent = agent.Value, limit = (long)limit }));

    /// <summary>What went or will go to a channel by itself: not what a digest tells, not what stays in the inbox alone.</summary>
    public static Task<(long Normal, long Urgent)> PushedSinceAsync(Db db, AgentId agent, long since)
        => db.FirstAsync<(long Normal, long Urgent)>(
            $"""
            SELECT coalesce(sum(CASE WHEN urgency <> 'urgent' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN urgency = 'urgent' THEN 1 ELSE 0 END), 0)
            FROM notification WHERE agent = @agent AND created_at >= @since AND asked_for = 0 AND digest IS NULL
              AND (state = 'posted' OR (state = 'held' AND (reason IS NULL OR reason <> '{Reasons.NagLimit}')))
              AND EXISTS (SELECT 1 FROM delivery WHERE delivery.notification = notification.id)
            """, new { agent = agent.Value, since });

    private static Task<IReadOnlyList<NotificationRow>> HalfAsync(Db db, InboxFilter filter, bool unread, long now, Cursor? after, int limit)
    {
        var parameters = new DynamicParameters(new { now, limit = (long)limit });
        List<string> where = ["(snoozed_until IS NULL OR snoozed_until <= @now)"];
        // Word for word the condition of the index over what is unread, and its opposite.
        where.Add(unread ? "read_at IS NULL AND done_at IS NULL" : "(read_at IS NOT NULL OR done_at IS NOT NULL)");
        if (filter.States is null || !filter.States.Contains(NotificationState.Suppressed))
            where.Add("state <> 'suppressed'");
        if (!filter.IncludeDone)
            where.Add("done_at IS NULL");
        if (filter.States is not null)
        {
            where.Add(db.Dialect.In("state", "states"));
            parameters.Add("states", filter.States.Select(Words.Of).ToArray());
        }
        if (filter.Agents is not null)
        {
            where.Add(db.Dialect.In("agent", "agents"));
            parameters.Add("agents", filter.Agents.Select(agent => agent.Value).ToArray());
        }
        if (filter.WorkId is not null)
        {
            where.Add("work = @work");
            parameters.Add("work", filter.WorkId);
        }
        if (after is { } cursor)
        {
            where.Add("(created_at, id) < (@afterAt, @afterId)");
            parameters.Add("afterAt", cursor.At);
            parameters.Add("afterId", cursor.Id.Length > Unread.Length ? cursor.Id[Unread.Length..] : "");
        }
        return db.QueryAsync<NotificationRow>(
            $"SELECT {NotificationRow.Columns} FROM notification WHERE {string.Join(" AND ", where)} ORDER BY created_at DESC, id DESC LIMIT @limit", parameters);
    }
}
