using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Sessions;

namespace Vigil.Storage.Notify;

/// <summary>Notifications that wait: for the end of the quiet hours, or for a digest.</summary>
internal static class HeldRows
{
    private const string Quiet = $"state = 'held' AND held_until IS NOT NULL AND (reason IS NULL OR reason <> '{Reasons.NagLimit}')";

    public static async Task<IReadOnlyList<Notification>> ReleaseAsync(Db db, DateTimeOffset now, int limit,
        Func<Notification, (SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)?> append)
    {
        var due = await db.QueryAsync<string>(
            $"SELECT id FROM notification WHERE {Quiet} AND held_until <= @now ORDER BY created_at, id LIMIT @limit {db.Dialect.SkipLocked}", new { now = now.Ms(), limit = (long)limit });
        if (due.Count == 0)
            return [];
        var rows = await db.QueryAsync<NotificationRow>(
            $"UPDATE notification SET state = 'posted' WHERE {db.Dialect.In("id", "ids")} RETURNING {NotificationRow.Columns}", new { ids = due.ToArray() });
        var released = (await InboxQueries.LoadAsync(db, rows)).OrderBy(notification => notification.CreatedAt).ThenBy(notification => notification.Id, StringComparer.Ordinal).ToList();
        foreach (var notification in released)
        {
            if (append(notification) is { } notice)
                await SessionWrites.AppendAsync(db, notice.Session, notice.Messages);
            db.Append(new NewEvent(now, EventTypes.NotificationPosted, notification.Source, notification.Agent.Value, notification.WorkId,
                NewEvent.Json(new { notification = notification.Id, reason = notification.Reason })));
        }
        return released;
    }

    public static async Task<IReadOnlyList<AgentId>> DigestsDueAsync(Db db, DateTimeOffset now)
        => [.. (await db.QueryAsync<string>(
            $"SELECT DISTINCT agent FROM notification WHERE state = 'held' AND reason = '{Reasons.NagLimit}' AND (held_until IS NULL OR held_until <= @now)",
            new { now = now.Ms() })).Select(agent => AgentId.Parse(agent))];
}
