using Npgsql;
using Vigil.Storage.Events;

namespace Vigil.Storage.Engine.Postgres;

/// <summary>
/// Several writes in one transaction, side by side: each runs up to what it asks of the server, all of that goes out in one round trip, and each goes on with its own answer. A write
/// that throws or rolls back would take the others along, so then nothing is kept and all of them are to run by themselves.
/// </summary>
internal sealed class SharedTransaction
{
    private readonly NpgsqlConnection _connection;
    private List<Asked> _asked = [];

    private SharedTransaction(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Returns the highest id of their events, 0 without events; null when nothing was kept and they must run by themselves.</summary>
    public static async Task<long?> RunAsync(NpgsqlConnection connection, PostgresEventNames names, IReadOnlyList<PendingWrite> writes)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var shared = new SharedTransaction(connection);
        var all = writes.Select(_ => new Db(SqlDialect.Postgres, connection, shared.AskAsync)).ToList();
        if (!await shared.RunAsync([.. writes.Zip(all, (write, db) => write.RunAsync(db))]) || all.Any(db => db.IsRolledBack))
            return null;
        all.ForEach(db => db.End());
        try
        {
            return await PostgresCommit.RunAsync(connection, names, all);
        }
        catch (PostgresException e) when (e.InvariantSeverity == "ERROR")
        {
            // The server said no and goes on, so it is rolled back for certain.
            return null;
        }
    }

    private Task<IReadOnlyList<int>> AskAsync(IReadOnlyList<Statement> statements)
    {
        var asked = new Asked(statements);
        _asked.Add(asked);
        return asked.Answer.Task;
    }

    /// <summary>False when one of them failed.</summary>
    private async Task<bool> RunAsync(IReadOnlyList<Task> writes)
    {
        while (_asked.Count > 0 && !writes.Any(write => write.IsFaulted))
        {
            var round = _asked;
            _asked = [];
            try
            {
                await AnswerAsync(round);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                round.ForEach(asked => asked.Answer.TrySetException(e));
            }
        }
        _asked.ForEach(asked => asked.Answer.TrySetCanceled());
        return writes.All(write => write.IsCompletedSuccessfully);
    }

    private async Task AnswerAsync(List<Asked> round)
    {
        await using var batch = new NpgsqlBatch(_connection);
        foreach (var (asked, at) in round.SelectMany(asked => asked.Statements.Select((_, at) => (asked, at))).OrderBy(one => one.asked.Statements[one.at], LockOrder.Instance))
            batch.BatchCommands.Add(asked.Commands[at] = asked.Statements[at].ToCommand());
        await batch.ExecuteNonQueryAsync();
        // Each goes on here and now, up to its next question or its end.
        foreach (var asked in round)
            asked.Answer.SetResult([.. asked.Commands.Select(command => (int)command.RecordsAffected)]);
    }

    private sealed class Asked(IReadOnlyList<Statement> statements)
    {
        public IReadOnlyList<Statement> Statements { get; } = statements;

        public NpgsqlBatchCommand[] Commands { get; } = new NpgsqlBatchCommand[statements.Count];

        public TaskCompletionSource<IReadOnlyList<int>> Answer { get; } = new();
    }
}
