using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Postgres;
using Vigil.Storage.Engine.Sqlite;
using Vigil.Store;

namespace Vigil.Bench.Storage;

/// <summary>A fresh database of each kind that this machine can offer, gone after use.</summary>
internal sealed class BenchStore : IAsyncDisposable
{
    private readonly string? _directory;
    private readonly StorageOptions _options;

    private BenchStore(string name, IDatabase database, StorageOptions options, string? directory)
    {
        Name = name;
        Database = database;
        _options = options;
        _directory = directory;
    }

    public string Name { get; }

    public IDatabase Database { get; }

    public static IEnumerable<Func<Task<BenchStore>>> Available(bool normal)
    {
        yield return () => SqliteAsync(SqliteSync.Full);
        if (normal)
            yield return () => SqliteAsync(SqliteSync.Normal);
        if (Environment.GetEnvironmentVariable("VIGIL_TEST_PG") is { Length: > 0 } connection)
            yield return () => PostgresAsync(connection);
        else
            Console.Error.WriteLine("PostgreSQL is left out: set VIGIL_TEST_PG to a connection to include it.");
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
            return;
        }
        await using var connection = new NpgsqlConnection(_options.Connection);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand($"DROP SCHEMA \"{_options.Schema}\" CASCADE", connection);
        await drop.ExecuteNonQueryAsync();
    }

    private static async Task<BenchStore> SqliteAsync(SqliteSync synchronous)
    {
        var directory = Directory.CreateTempSubdirectory("vigil-bench-").FullName;
        var options = new StorageOptions { File = Path.Combine(directory, "vigil.db"), Synchronous = synchronous };
        return await OpenAsync(new BenchStore($"SQLite {synchronous}", new SqliteDatabase(options, TimeProvider.System), options, directory));
    }

    private static async Task<BenchStore> PostgresAsync(string connection)
    {
        var options = new StorageOptions { Kind = StorageKind.Postgres, Connection = connection, Schema = $"bench_{Environment.ProcessId}" };
        return await OpenAsync(new BenchStore("PostgreSQL", new PostgresDatabase(options, TimeProvider.System, NullLogger.Instance), options, directory: null));
    }

    private static async Task<BenchStore> OpenAsync(BenchStore store)
    {
        await ((IStore)store.Database).OpenAsync(CancellationToken.None);
        return store;
    }
}
