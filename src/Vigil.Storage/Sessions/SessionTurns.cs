using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Sessions;

/// <summary>Persons' turns are rows, held or announced, and enter in the order in which they were announced. Works look here before they are claimed.</summary>
internal sealed class SessionTurns(IDatabase database) : ISessionTurns
{
    private const string WorkRuns = "EXISTS (SELECT 1 FROM work WHERE work.session = @session AND work.state = 'running')";

    public Task<bool> TryEnterAsync(SessionKey key, string holder, string node, DateTimeOffset leaseUntil, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            var turn = new { session = key.Value, holder, node, until = leaseUntil.Ms(), now = now.Ms() };
            await SessionLock.TakeAsync(db, turn.session);
            await db.ExecuteAsync("DELETE FROM session_turn WHERE session = @session AND lease_until <= @now AND holder <> @holder", turn);
            await db.ExecuteAsync(
                """
                INSERT INTO session_turn (session, holder, node, asked_at, lease_until) VALUES (@session, @holder, @node, @now, @until)
                ON CONFLICT (session, holder) DO UPDATE SET lease_until = excluded.lease_until, node = excluded.node
                """, turn);
            return await db.ExecuteAsync(
                $"""
                UPDATE session_turn SET held = 1
                WHERE session = @session AND holder = @holder AND NOT {WorkRuns} AND NOT EXISTS (
                  SELECT 1 FROM session_turn other
                  WHERE other.session = @session AND other.holder <> @holder AND (other.held = 1 OR (other.asked_at, other.holder) < (session_turn.asked_at, session_turn.holder)))
                """, turn) > 0;
        }, cancellationToken);

    public Task<bool> RenewAsync(SessionKey key, string holder, DateTimeOffset leaseUntil, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await SessionLock.TakeAsync(db, key.Value);
            // A lease that ran out let a work in: then the turn is lost, though its row is still there.
            return await db.ExecuteAsync(
                $"UPDATE session_turn SET lease_until = @until WHERE session = @session AND holder = @holder AND (held = 0 OR NOT {WorkRuns})",
                new { session = key.Value, holder, until = leaseUntil.Ms() }) > 0;
        }, cancellationToken);

    public Task LeaveAsync(SessionKey key, string holder, CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync("DELETE FROM session_turn WHERE session = @session AND holder = @holder", new { session = key.Value, holder }), cancellationToken);

    public async Task<IReadOnlyList<SessionKey>> PersonsAmongAsync(IReadOnlyCollection<SessionKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
        => [.. (await database.ReadAsync(db => SessionTurnRows.PersonsAsync(db, [.. keys.Select(key => key.Value)], now.Ms()), cancellationToken)).Select(SessionKey.Parse)];
}
