using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Postgres;
using Vigil.Storage.Engine.Sqlite;
using Vigil.Store;
using Vigil.Tests.Shared;

namespace Vigil.Storage.Tests;

/// <summary>A database of its own for one test. <see cref="OpenAsync"/> again is a restart (SQLite) or another node (PostgreSQL).</summary>
internal abstract class Backend : IAsyncDisposable
{
    private readonly List<IDatabase> _opened = [];

    public abstract StorageOptions Options { get; }

    /// <summary>Whether several processes may have it open at once.</summary>
    public abstract bool HasNodes { get; }

    public static Backend Sqlite(SqliteSync synchronous = SqliteSync.Full) => new SqliteBackend(synchronous);

    public static async Task<Backend> PostgresAsync() => new PostgresBackend(await PostgresServer.GetAsync());

    public IDatabase New(TimeProvider? time = null)
    {
        IDatabase database = Options.Kind == StorageKind.Postgres
            ? new PostgresDatabase(Options, time ?? TimeProvider.System, NullLogger.Instance)
            : new SqliteDatabase(Options, time ?? TimeProvider.System);
        _opened.Add(database);
        return database;
    }

    public async Task<IDatabase> OpenAsync(TimeProvider? time = null)
    {
        var database = New(time);
        await ((IStore)database).OpenAsync(CancellationToken.None);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _opened)
            await database.DisposeAsync();
        await DropAsync();
    }

    protected abstract Task DropAsync();

    private sealed class SqliteBackend : Backend
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-");

        public SqliteBackend(SqliteSync synchronous)
            => Options = new StorageOptions { File = Path.Combine(_directory.FullName, "vigil.db"), Synchronous = synchronous };

        public override StorageOptions Options { get; }

        public override bool HasNodes => false;

        protected override Task DropAsync()
        {
            _directory.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }

    private sealed class PostgresBackend(PostgresServer server) : Backend
    {
        public override StorageOptions Options { get; } = new()
        {
            Kind = StorageKind.Postgres,
            Connection = server.Connection,
            Schema = PostgresServer.NewSchema(),
        };

        public override bool HasNodes => true;

        protected override Task DropAsync() => server.DropAsync(Options.Schema);
    }
}

/// <summary>A suite that runs on both databases: one abstract class, and a subclass for each.</summary>
public abstract class StoreSuite : IAsyncLifetime
{
    protected static CancellationToken None => CancellationToken.None;

    internal Backend Backend { get; private set; } = null!;

    internal IDatabase Database { get; private set; } = null!;

    protected SettableClock Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public async Task InitializeAsync()
    {
        Backend = await CreateAsync();
        Database = await Backend.OpenAsync(Clock);
    }

    public async Task DisposeAsync() => await Backend.DisposeAsync();

    private protected abstract Task<Backend> CreateAsync();

    private protected static Task<Backend> SqliteAsync() => Task.FromResult(Backend.Sqlite());

    private protected static Task<Backend> PostgresAsync() => Backend.PostgresAsync();
}

/// <summary>Shows the instant that the test says.</summary>
public sealed class SettableClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
