using Npgsql;
using Vigil.Events;
using Vigil.Storage.Events;

namespace Vigil.Storage.Engine.Postgres;

/// <summary>
/// The end of a transaction in one round trip: what was kept for last, the events, the commit. The commit itself does not wait for the disk, or all who change the same
/// row, and all who append events, would wait for it one after the other; they wait together afterwards, with <see cref="PostgresFlush"/>, and only then are the callers
/// answered. See docs/decisions/0002-event-order.md.
/// </summary>
internal static class PostgresCommit
{
    private const string WithoutWaiting = "SELECT set_config('synchronous_commit', 'off', true)";

    /// <summary>Returns the highest id of the events, 0 when there are none.</summary>
    public static async Task<long> RunAsync(NpgsqlConnection connection, PostgresEventNames names, params IReadOnlyList<Db> writes)
    {
        await using var batch = new NpgsqlBatch(connection);
        var statements = writes.SelectMany(db => db.Last);
        foreach (var last in writes.Count == 1 ? statements : statements.Order(LockOrder.Instance))
            batch.BatchCommands.Add(last.ToCommand());
        List<NewEvent> events = [.. writes.SelectMany(db => db.Events)];
        if (events.Count > 0)
        {
            // Ids are drawn under a lock that is released when the commit is visible: who gets it next draws higher ids and becomes visible later.
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"{WithoutWaiting}, pg_advisory_xact_lock($1)") { Parameters = { new() { Value = names.LockKey } } });
            batch.BatchCommands.Add(EventInsert.Command(events));
        }
        else
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(WithoutWaiting));
        }
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        // Not cancellable: once the commit may have been sent, stopping to listen would only hide whether it was done.
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        long[] ids = [];
        if (events.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            ids = await reader.GetFieldValueAsync<long[]>(0, CancellationToken.None);
        }
        while (await reader.NextResultAsync(CancellationToken.None))
        {
        }
        var next = 0;
        foreach (var db in writes)
            db.EventIds = ids[next..(next += db.Events.Count)];
        return ids is [.., var newest] ? newest : 0;
    }
}
