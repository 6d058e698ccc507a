using Microsoft.Data.Sqlite;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Storage.Events;
using Vigil.Storage.Migrations;
using Vigil.Store;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>SQLite in a file: one writer, a few readers.</summary>
internal sealed class SqliteDatabase(StorageOptions options, TimeProvider time) : IDatabase, IStore
{
    private readonly string _file = Path.GetFullPath(options.File ?? throw new ArgumentException("SQLite needs a file.", nameof(options)));
    private SqliteWriter? _writer;
    private SqliteReaders? _readers;

    public SqlDialect Dialect => SqlDialect.Sqlite;

    public EventWatch Watch { get; } = new();

    private SqliteWriter Writer => _writer ?? throw NotOpen();

    private SqliteReaders Readers => _readers ?? throw NotOpen();

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteConnections.OpenWriter(_file, options.Synchronous);
            SqliteMigrations.Apply(connection, _file, time, MigrationScript.Sqlite);
            Watch.Publish((long)SqliteConnections.Scalar(connection, EventLog.NewestSql)!);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            var translated = SqliteErrors.Translate(e, _file);
            if (ReferenceEquals(translated, e))
                throw;
            throw translated;
        }
        _readers = new SqliteReaders(_file);
        _writer = new SqliteWriter(_file, connection, options.Synchronous, Watch);
        return Task.CompletedTask;
    }

    public Task<T> WriteAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken) => Writer.WriteAsync(write, cancellationToken);

    public Task<T> WriteAmongOthersAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken) => Writer.WriteAsync(write, cancellationToken);

    public Task<Committed<T>> CommitAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken) => Writer.CommitAsync(write, cancellationToken);

    public Task<T> ReadAsync<T>(Func<Db, Task<T>> read, CancellationToken cancellationToken) => Readers.ReadAsync(read, cancellationToken);

    public async Task<Fault?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(db => db.ScalarAsync<long>("SELECT pruned_to FROM event_floor"), cancellationToken);
            // After a failed write only another write can tell whether it is over, and perhaps nobody else writes.
            if (Writer.Trouble is not null)
                await WriteAsync(db => db.ExecuteAsync("UPDATE event_floor SET pruned_to = pruned_to"), cancellationToken);
            return null;
        }
        catch (FaultException e)
        {
            return e.Fault;
        }
    }

    public async Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var schema = await ReadAsync(db => db.ScalarAsync<long>("SELECT max(version) FROM vigil_migration"), cancellationToken);
        return new StoreDescription($"SQLite {SqliteLibrary.Version}", _file, schema, Length(_file) + Length(_file + "-wal"));
    }

    public Task<IReadOnlyList<string>> IntegrityAsync(CancellationToken cancellationToken)
        => SqliteIntegrity.CheckAsync(_file, thorough: false, cancellationToken);

    public Task BackupAsync(string file, CancellationToken cancellationToken) => SqliteBackup.WriteAsync(_file, file, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _readers?.Dispose();
        if (_writer is not null)
            await _writer.DisposeAsync();
    }

    private static long Length(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    private static InvalidOperationException NotOpen() => new("The store is used before it was opened.");
}
