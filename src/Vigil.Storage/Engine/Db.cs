using System.Data.Common;
using Dapper;
using Vigil.Events;

namespace Vigil.Storage.Engine;

/// <summary>
/// What a callback of <see cref="IDatabase"/> works with. Parameters are named (<c>@name</c>); an array goes with <see cref="SqlDialect.In"/>.
/// Columns in snake_case map to properties and constructor parameters in PascalCase; whole numbers are <c>bigint</c> and <c>long</c> everywhere.
/// </summary>
internal sealed class Db
{
    private readonly PreparedStatements? _prepared;
    private readonly Func<IReadOnlyList<Statement>, Task<IReadOnlyList<int>>>? _shared;
    private readonly CancellationToken _cancellationToken;
    private readonly bool _writes;
    private List<NewEvent>? _events;
    private List<Statement>? _last;
    private bool _ended;

    static Db() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    public Db(SqlDialect dialect, DbConnection connection, DbTransaction? transaction, PreparedStatements? prepared, bool writes, CancellationToken cancellationToken)
    {
        Dialect = dialect;
        Connection = connection;
        Transaction = transaction;
        _prepared = prepared;
        _writes = writes;
        _cancellationToken = cancellationToken;
    }

    /// <summary>For one of several writes in a transaction: its statements are handed over and run with those of the others.</summary>
    public Db(SqlDialect dialect, DbConnection connection, Func<IReadOnlyList<Statement>, Task<IReadOnlyList<int>>> shared)
        : this(dialect, connection, transaction: null, prepared: null, writes: true, CancellationToken.None)
        => _shared = shared;

    public SqlDialect Dialect { get; }

    public DbConnection Connection { get; }

    /// <summary>Null on SQLite, where the writer holds the transaction itself.</summary>
    public DbTransaction? Transaction { get; }

    /// <summary>The events to insert when the callback has returned.</summary>
    public IReadOnlyList<NewEvent> Events => _events ?? (IReadOnlyList<NewEvent>)[];

    /// <summary>The ids of <see cref="Events"/>, in their order, once the write is committed.</summary>
    public IReadOnlyList<long> EventIds { get; set; } = [];

    /// <summary>The statements of <see cref="RunLastAsync"/>, to run when the callback has returned. None on SQLite.</summary>
    public IReadOnlyList<Statement> Last => _last ?? (IReadOnlyList<Statement>)[];

    public bool IsRolledBack { get; private set; }

    /// <summary>Events go last: on PostgreSQL their ids must be drawn as late as possible, see docs/decisions/0002-event-order.md.</summary>
    public void Append(NewEvent appended)
    {
        if (!_writes)
            throw new InvalidOperationException("Events are appended in a write.");
        (_events ??= []).Add(appended);
    }

    public void Append(IEnumerable<NewEvent> appended)
    {
        foreach (var one in appended)
            Append(one);
    }

    /// <summary>Nothing of this write is kept, its events neither, though its callback may return a value: for "not mine" and the like.</summary>
    public void RollBack() => IsRolledBack = true;

    public Task<int> ExecuteAsync(string sql, object? parameters = null) => Connection.ExecuteAsync(Command(sql, parameters));

    public Task<T?> ScalarAsync<T>(string sql, object? parameters = null) => Connection.ExecuteScalarAsync<T>(Command(sql, parameters));

    /// <summary>The first row, or the default when there is none.</summary>
    public Task<T?> FirstAsync<T>(string sql, object? parameters = null) => Connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null)
        => (await Connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>Runs a statement that is kept prepared: for the few that run thousands of times a second.</summary>
    public Task<int> RunAsync(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        ThrowIfEnded();
        if (_prepared is not null)
            return Task.FromResult(_prepared.Execute(sql, parameters));
        return _shared is null ? ExecuteAndDisposeAsync(Fresh(sql, parameters)) : ShareAsync(new Statement(sql, parameters.ToArray()));
    }

    /// <summary>
    /// Runs one statement whose result nobody needs and that nothing in this callback reads. On PostgreSQL it travels with the commit: a round trip less, and a row
    /// that many writers change, as a day's sums, is locked only while the server commits. Among others (<see cref="IDatabase.WriteAmongOthersAsync"/>) these run in the order of their
    /// texts and parameters: there they must not build on each other. Elsewhere rows that such writes change too are best changed in that order as well.
    /// </summary>
    public Task RunLastAsync(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        ThrowIfEnded();
        if (_prepared is not null)
            _prepared.Execute(sql, parameters);
        else
            (_last ??= []).Add(new Statement(sql, parameters.ToArray()));
        return Task.CompletedTask;
    }

    /// <summary>Runs statements one after the other, in one round trip, and returns how many rows each changed.</summary>
    public async Task<IReadOnlyList<int>> RunManyAsync(IReadOnlyList<Statement> statements)
    {
        ThrowIfEnded();
        if (_prepared is not null)
            return [.. statements.Select(statement => _prepared.Execute(statement.Sql, statement.Parameters))];
        if (_shared is not null)
            return await _shared(statements);
        await using var batch = Connection.CreateBatch();
        batch.Transaction = Transaction;
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement.ToCommand());
        await batch.ExecuteNonQueryAsync(_cancellationToken);
        return [.. batch.BatchCommands.Select(command => command.RecordsAffected)];
    }

    /// <summary>Like <see cref="RunAsync"/>, for a statement that returns one whole number.</summary>
    public Task<long> NumberAsync(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        ThrowIfEnded();
        return _prepared is not null ? Task.FromResult(_prepared.Number(sql, parameters)) : NumberAndDisposeAsync(Fresh(sql, parameters));
    }

    /// <summary>Like <see cref="RunAsync"/>, for the queries that run thousands of times a second: rows are read by place, without a mapper.</summary>
    public Task<List<T>> RowsAsync<T>(string sql, Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        ThrowIfEnded();
        return _prepared is not null ? Task.FromResult(_prepared.Rows(sql, read, parameters)) : ReadAndDisposeAsync(Fresh(sql, parameters), read);
    }

    /// <summary>The callback has returned: whatever still uses this is a mistake that must be seen.</summary>
    public void End() => _ended = true;

    private async Task<int> ShareAsync(Statement statement) => (await _shared!([statement]))[0];

    private async Task<int> ExecuteAndDisposeAsync(DbCommand command)
    {
        await using (command)
            return await command.ExecuteNonQueryAsync(_cancellationToken);
    }

    private async Task<long> NumberAndDisposeAsync(DbCommand command)
    {
        await using (command)
            return (long)(await command.ExecuteScalarAsync(_cancellationToken))!;
    }

    private async Task<List<T>> ReadAndDisposeAsync<T>(DbCommand command, Func<Row, T> read)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(_cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(_cancellationToken))
                rows.Add(read(new Row(reader)));
            return rows;
        }
    }

    private DbCommand Fresh(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        ThrowIfShared();
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = Transaction;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private CommandDefinition Command(string sql, object? parameters)
    {
        ThrowIfEnded();
        ThrowIfShared();
        return new CommandDefinition(sql, parameters, Transaction, cancellationToken: _cancellationToken);
    }

    // It runs again by itself then, see IDatabase.WriteAmongOthersAsync.
    private void ThrowIfShared()
    {
        if (_shared is not null)
            throw new NotSupportedException("Only RunAsync, RunManyAsync and RunLastAsync go in a shared transaction.");
    }

    private void ThrowIfEnded()
    {
        if (_ended)
            throw new InvalidOperationException("The database was used after the callback that it was given to had ended.");
    }
}
