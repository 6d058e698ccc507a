using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Notify;

internal sealed class NotificationStore(IDatabase database) : INotificationStore
{
    public Task<bool> PostAsync(Notification notification, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            if (!await NotificationWrites.InsertAsync(db, notification))
                return false;
            db.Append(events);
            return true;
        }, cancellationToken);

    public Task<Notification?> GetAsync(string id, CancellationToken cancellationToken)
        => database.ReadAsync(async db => await db.FirstAsync<NotificationRow>($"SELECT {NotificationRow.Columns} FROM notification WHERE id = @id", new { id }) is { } row
            ? (await InboxQueries.LoadAsync(db, [row]))[0]
            : null, cancellationToken);

    public Task<Page<Notification>> InboxAsync(InboxFilter filter, DateTimeOffset now, string? after, int limit, CancellationToken cancellationToken)
    {
        var cursor = Cursor.Parse(after);
        return database.ReadAsync(db => InboxQueries.InboxAsync(db, filter, now.Ms(), cursor, limit), cancellationToken);
    }

    public Task<bool> MarkReadAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
        => ChangeAsync("read_at = coalesce(read_at, @at), snoozed_until = NULL", id, at, cancellationToken);

    public Task<bool> MarkDoneAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            var done = new { id, at = at.Ms() };
            if (await db.ExecuteAsync(
                """
                UPDATE notification SET done_at = coalesce(done_at, @at), read_at = coalesce(read_at, @at), snoozed_until = NULL, state = CASE WHEN state = 'held' THEN 'posted' ELSE state END
                WHERE id = @id
                """, done) == 0)
            {
                return false;
            }
            // What was only kept for a better time has had it.
            await db.ExecuteAsync("DELETE FROM delivery WHERE notification = @id AND state = 'held'", done);
            return true;
        }, cancellationToken);

    public Task<bool> SnoozeAsync(string id, DateTimeOffset until, CancellationToken cancellationToken)
        => ChangeAsync("snoozed_until = @at, read_at = NULL, done_at = NULL", id, until, cancellationToken);

    public Task<IReadOnlyList<Notification>> LatelyAsync(AgentId agent, DateTimeOffset since, int limit, CancellationToken cancellationToken)
        => database.ReadAsync(db => InboxQueries.LatelyAsync(db, agent, since.Ms(), limit), cancellationToken);

    public async Task<(int Normal, int Urgent)> PushedSinceAsync(AgentId agent, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var (normal, urgent) = await database.ReadAsync(db => InboxQueries.PushedSinceAsync(db, agent, since.Ms()), cancellationToken);
        return ((int)normal, (int)urgent);
    }

    public Task<IReadOnlyList<SaidEntry>> SaidAsync(AgentId agent, IReadOnlyCollection<string> keys, DateTimeOffset since, CancellationToken cancellationToken)
        => database.ReadAsync(db => SaidRows.ReadAsync(db, agent, keys, since.Ms()), cancellationToken);

    public Task<IReadOnlyList<(Delivery Delivery, Notification Notification)>> ClaimDeliveriesAsync(string node, int limit, IReadOnlyCollection<string> busyTargets, DateTimeOffset now,
        TimeSpan lease, CancellationToken cancellationToken)
        => limit <= 0
            ? Task.FromResult<IReadOnlyList<(Delivery, Notification)>>([])
            : database.WriteAsync(db => Outbox.ClaimAsync(db, node, limit, busyTargets, now.Ms(), (long)lease.TotalMilliseconds), cancellationToken);

    public Task<bool> FinishDeliveryAsync(string deliveryId, string node, int attempt, DeliveryResult result, CancellationToken cancellationToken)
        => database.WriteAsync(db => Outbox.FinishAsync(db, deliveryId, node, attempt, result), cancellationToken);

    public Task<int> RecoverDeliveriesAsync(Func<string, bool> recognisesRepeats, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(db => Outbox.RecoverAsync(db, null, recognisesRepeats, now), cancellationToken);

    public Task<int> RecoverDeliveriesOfOthersAsync(string node, Func<string, bool> recognisesRepeats, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(db => Outbox.RecoverAsync(db, node, recognisesRepeats, now), cancellationToken);

    public async Task<DateTimeOffset?> NextDeliveryAsync(CancellationToken cancellationToken)
        => (await database.ReadAsync(Outbox.NextAsync, cancellationToken)).At();

    public Task<IReadOnlyList<Notification>> ReleaseHeldAsync(DateTimeOffset now, int limit,
        Func<Notification, (SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)?> append, CancellationToken cancellationToken)
        => database.WriteAsync(db => HeldRows.ReleaseAsync(db, now, limit, append), cancellationToken);

    public Task<IReadOnlyList<AgentId>> DigestsDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
        => database.ReadAsync(db => HeldRows.DigestsDueAsync(db, now), cancellationToken);

    public Task<IReadOnlyList<Notification>> HeldForDigestAsync(AgentId agent, int limit, CancellationToken cancellationToken)
        => database.ReadAsync(db => InboxQueries.HeldForDigestAsync(db, agent, limit), cancellationToken);

    public Task PostDigestAsync(Notification digest, IReadOnlyCollection<string> contains, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            var told = new { ids = contains.ToArray(), digest = digest.Id, at = digest.CreatedAt.Ms() };
            var marked = await db.ExecuteAsync($"UPDATE notification SET state = 'posted', digest = @digest WHERE {db.Dialect.In("id", "ids")} AND state = 'held'", told);
            // Another digest told some of them meanwhile: saying them again would be a repeat.
            if (marked < contains.Count || !await NotificationWrites.InsertAsync(db, digest))
            {
                db.RollBack();
                return false;
            }
            // The digest is their delivery now: its receipt confirms what they said, and its failing releases it.
            await db.ExecuteAsync($"UPDATE said SET notification = @digest, at = @at WHERE {db.Dialect.In("notification", "ids")} AND confirmed = 0", told);
            await db.ExecuteAsync($"DELETE FROM delivery WHERE {db.Dialect.In("notification", "ids")} AND state = 'held' AND next_at IS NULL", told);
            db.Append(events);
            return true;
        }, cancellationToken);

    private Task<bool> ChangeAsync(string change, string id, DateTimeOffset at, CancellationToken cancellationToken)
        => database.WriteAsync(async db => await db.ExecuteAsync($"UPDATE notification SET {change} WHERE id = @id", new { id, at = at.Ms() }) > 0, cancellationToken);
}
