using Vigil.Settings;
using Vigil.Storage;
using Vigil.Tests.Shared;

namespace Vigil.Gateway.Tests.Support;

/// <summary>The database of a gateway in this process: a SQLite file, or a PostgreSQL schema of its own when <c>VIGIL_TEST_STORE</c> is <c>postgres</c>.</summary>
internal sealed class TestStore(VigilHome home) : IAsyncDisposable
{
    private readonly string? _schema = Environment.GetEnvironmentVariable("VIGIL_TEST_STORE") == "postgres" ? PostgresServer.NewSchema() : null;

    public async Task<StorageOptions> OptionsAsync() => _schema is null
        ? new StorageOptions { File = home.Database, Synchronous = SqliteSync.Normal }
        : new StorageOptions { Kind = StorageKind.Postgres, Connection = (await PostgresServer.GetAsync()).Connection, Schema = _schema };

    public async ValueTask DisposeAsync()
    {
        if (_schema is not null)
            await (await PostgresServer.GetAsync()).DropAsync(_schema);
    }
}
