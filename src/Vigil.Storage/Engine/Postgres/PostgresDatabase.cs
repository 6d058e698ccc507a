using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vigil.Errors;
using Vigil.Storage.Events;
using Vigil.Storage.Migrations;
using Vigil.Store;

namespace Vigil.Storage.Engine.Postgres;

/// <summary>PostgreSQL: a pool of connections, a transaction a write.</summary>
internal sealed partial class PostgresDatabase : IDatabase, IStore
{
    private const int Attempts = 5;

    // More than this only wait for each other: this process cannot keep them busy, nor can a server that is like it. And a server takes 100 of all its clients unless told otherwise.
    private static readonly int s_connections = Math.Clamp(4 * Environment.ProcessorCount, 8, 24);

    private readonly string _schema;
    private readonly TimeProvider _time;
    private readonly NpgsqlDataSource _source;
    private readonly PostgresEventNames _names;
    private readonly PostgresFlush _flush;
    private readonly PostgresCrowd _crowd;
    private readonly string _place;
    private readonly PostgresEventListener _listener;

    public PostgresDatabase(StorageOptions options, TimeProvider time, ILogger logger)
    {
        _schema = options.Schema;
        _time = time;
        if (!SchemaName().IsMatch(_schema))
            throw new FaultException(new Fault("store_schema", $"'{_schema}' is no name for a schema.",
                "gateway.storage.schema: a-z, 0-9 and '_', at most 63, not beginning with a digit, for example \"vigil\"."));
        var connection = Connection(options);
        _place = $"{connection.Host}:{connection.Port}/{connection.Database}, schema {_schema}";
        _source = NpgsqlDataSource.Create(connection);
        _names = PostgresEventNames.Of(_schema);
        _flush = new PostgresFlush(connection.ConnectionString, _names);
        _crowd = new PostgresCrowd(CommitAllAsync);
        _listener = new PostgresEventListener(_source, _names, Watch, time, logger);
    }

    public SqlDialect Dialect => SqlDialect.Postgres;

    public EventWatch Watch { get; } = new();

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using (var connection = await _source.OpenConnectionAsync(cancellationToken))
                await PostgresMigrations.ApplyAsync(connection, _schema, _time, MigrationScript.Postgres, cancellationToken);
            await _listener.StartAsync(cancellationToken);
        }
        catch (Exception e) when (PostgresErrors.Translate(e) is StoreException translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    public async Task<T> WriteAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        var committed = await CommitAsync(write, cancellationToken);
        await committed.OnDisk;
        return committed.Result;
    }

    public Task<T> WriteAmongOthersAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken) => _crowd.WriteAsync(write, cancellationToken);

    public async Task<Committed<T>> CommitAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryCommitAsync(write, cancellationToken);
            }
            catch (Exception e) when (PostgresErrors.IsRetryable(e) && attempt < Attempts)
            {
                // The server rolled it back, so nothing of it is there: the callback runs again on what is there now.
            }
            catch (Exception e) when (PostgresErrors.Translate(e) is StoreException translated && !ReferenceEquals(translated, e))
            {
                throw translated;
            }
        }
    }

    public async Task<T> ReadAsync<T>(Func<Db, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            var db = new Db(SqlDialect.Postgres, connection, transaction: null, prepared: null, writes: false, cancellationToken);
            var result = await read(db);
            db.End();
            return result;
        }
        catch (Exception e) when (PostgresErrors.Translate(e) is StoreException translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    public async Task<Fault?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isReplica = await ReadAsync(db => db.ScalarAsync<bool>("SELECT pg_is_in_recovery()"), cancellationToken);
            return isReplica
                ? new Fault("store_disk", "The PostgreSQL server only reads.", "The connection must lead to the primary server, not to a replica.") { Kind = FaultKind.Unavailable }
                : null;
        }
        catch (FaultException e)
        {
            return e.Fault;
        }
    }

    public Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken) => ReadAsync(async db =>
    {
        var version = await db.ScalarAsync<string>("SHOW server_version");
        var schema = await db.ScalarAsync<long>("SELECT max(version) FROM vigil_migration");
        var bytes = await db.ScalarAsync<long>("""
            SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
            WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
            """);
        return new StoreDescription($"PostgreSQL {version}", _place, schema, bytes);
    }, cancellationToken);

    public async Task<IReadOnlyList<string>> IntegrityAsync(CancellationToken cancellationToken)
        => await CheckAsync(cancellationToken) is { } fault ? [fault.Message] : [];

    public Task BackupAsync(string file, CancellationToken cancellationToken)
        => throw new FaultException(new Fault("backup_not_here", "A PostgreSQL database is backed up with PostgreSQL's own tools.",
            $"Run: pg_dump --schema={_schema} --format=custom --file=vigil.dump …, with your connection."));

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _flush.DisposeAsync();
        await _source.DisposeAsync();
    }

    private async Task<Task> CommitAllAsync(IReadOnlyList<PendingWrite> writes)
    {
        if (writes is [var one])
            return await CommitAloneAsync(one);
        try
        {
            var line = await _flush.OpenAsync(CancellationToken.None);
            await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
            if (await SharedTransaction.RunAsync(connection, _names, writes) is { } newest)
                return FlushAsync(line, newest);
        }
        catch (Exception e)
        {
            // Nothing was sent, or nobody knows whether it was committed: no reason to try again.
            var failure = PostgresErrors.Translate(e);
            foreach (var write in writes)
                write.Failure = failure;
            return Task.CompletedTask;
        }
        return Task.WhenAll(await Task.WhenAll(writes.Select(CommitAloneAsync)));
    }

    private async Task<Task> CommitAloneAsync(PendingWrite write)
    {
        try
        {
            return (await CommitAsync(async db =>
            {
                await write.RunAsync(db);
                return true;
            }, write.CancellationToken)).OnDisk;
        }
        catch (Exception e)
        {
            write.Failure = e;
            return Task.CompletedTask;
        }
    }

    private async Task<Committed<T>> TryCommitAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        var line = await _flush.OpenAsync(cancellationToken);
        var (result, newest) = await RunAsync(write, cancellationToken);
        return new Committed<T>(result, newest is { } committed ? FlushAsync(line, committed) : Task.CompletedTask);
    }

    private async Task FlushAsync(PostgresFlush.Line line, long newest)
    {
        try
        {
            await line.FlushAsync(newest);
        }
        catch (Exception e) when (PostgresErrors.Translate(e) is StoreException translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
        Watch.Publish(newest);
    }

    /// <summary>Also returns the highest id of its events when the commit must still be flushed, 0 without events; null when there is nothing to flush.</summary>
    private async Task<(T Result, long? Newest)> RunAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        // The BEGIN travels with the first statement.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var db = new Db(SqlDialect.Postgres, connection, transaction, prepared: null, writes: true, cancellationToken);
        var result = await write(db);
        db.End();
        if (db.IsRolledBack)
            await transaction.RollbackAsync(CancellationToken.None);
        else if (db.Events.Count > 0 || db.Last.Count > 0)
            return (result, await PostgresCommit.RunAsync(connection, _names, db));
        else
            await transaction.CommitAsync(CancellationToken.None);
        return (result, null);
    }

    private static NpgsqlConnectionStringBuilder Connection(StorageOptions options)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(options.Connection)
            {
                SearchPath = options.Schema,
                MaxAutoPrepare = 100,
                AutoPrepareMinUsages = 2,
                ApplicationName = "vigil",
                // Nothing of a transaction outlives it here, so there is nothing to reset on the server before each next one.
                NoResetOnClose = true,
            };
            if (!builder.ShouldSerialize("Maximum Pool Size"))
                builder.MaxPoolSize = s_connections;
            if (string.IsNullOrWhiteSpace(builder.Host))
                throw new ArgumentException("Host is missing");
            return PostgresPatience.Limited(builder);
        }
        catch (ArgumentException e)
        {
            // The driver's message may quote parts of the connection string, which may hold the password.
            throw new FaultException(new Fault("store_connection", "The PostgreSQL connection cannot be understood.",
                "gateway.storage.connection points at text like: Host=localhost;Database=vigil;Username=vigil;Password=…"), e);
        }
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
