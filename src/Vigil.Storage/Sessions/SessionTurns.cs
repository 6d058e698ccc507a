using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Runs;
using Vigil.Turns;

namespace Vigil.Storage.Sessions;

/// <summary>Persons' turns are rows, held or announced, and enter in the order in which they were announced. Works look here before they are claimed.</summary>
internal sealed class SessionTurns(IDatabase database, RunBeginnings beginnings) : ISessionTurns
{
    public async Task<SessionAnswer> TryEnterAsync(SessionKey key, string holder, string node, TimeSpan lease, DateTimeOffset now, RunStart? begins, CancellationToken cancellationToken)
    {
        var (entered, onDisk) = await database.CommitAsync(async db =>
        {
            await SessionLock.TakeAsync(db, key.Value);
            if (!await SessionTurnRows.TryEnterAsync(db, key.Value, holder, node, (long)lease.TotalMilliseconds, now.Ms()))
                return SessionEntry.Waits;
            var isAnew = begins?.Fresh is { } fresh && await SessionResets.ResetAsync(db, key, fresh, now);
            if (begins is not null)
                await beginnings.WriteAsync(db, begins, null);
            await SessionTurnRows.NoteWhoWaitsAsync(db, key.Value, now);
            return isAnew ? SessionEntry.BegunAnew : SessionEntry.Entered;
        }, cancellationToken);
        return new SessionAnswer(entered, entered == SessionEntry.Waits || begins is null ? onDisk : KeptAsync(begins, onDisk));
    }

    private async Task KeptAsync(RunStart begins, Task onDisk)
    {
        await onDisk;
        beginnings.Committed(begins);
    }

    public Task<bool> RenewAsync(SessionKey key, string holder, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await SessionLock.TakeAsync(db, key.Value);
            // A lease that ran out let a work in: then the turn is lost, though its row is still there.
            return await db.ExecuteAsync(
                $"UPDATE session_turn SET lease_until = {db.Dialect.Now} + @lease WHERE session = @session AND holder = @holder AND (held = 0 OR NOT {SessionTurnRows.WorkRuns})",
                new { session = key.Value, holder, lease = (long)lease.TotalMilliseconds, now = now.Ms() }) > 0;
        }, cancellationToken);

    public Task LeaveAsync(SessionKey key, string holder, CancellationToken cancellationToken)
        => database.WriteAsync(db => SessionTurnRows.LeaveAsync(db, key.Value, holder), cancellationToken);

    public async Task<IReadOnlyList<SessionKey>> PersonsAmongAsync(IReadOnlyCollection<SessionKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
        => [.. (await database.ReadAsync(db => SessionTurnRows.PersonsAsync(db, [.. keys.Select(key => key.Value)], now.Ms()), cancellationToken)).Select(SessionKey.Parse)];
}
