using Vigil.Errors;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Migrations;
using Vigil.Store;

namespace Vigil.Storage.Tests.Migrations;

public abstract class MigrationTests : StoreSuite
{
    [Fact]
    public async Task OpenAsync_ManyAtOnceOnANewDatabase_EachScriptIsAppliedOnce()
    {
        await using var backend = await CreateAsync();

        var databases = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => backend.OpenAsync(Clock))));

        var applied = await databases[0].ReadAsync(db => db.QueryAsync<long>("SELECT version FROM vigil_migration ORDER BY version"), None);
        Assert.Equal(Scripts.Select(s => s.Version), applied);
        Assert.All(databases, database => Assert.NotNull(database));
    }

    [Fact]
    public async Task OpenAsync_NewerDatabase_IsRefusedWithWhatToDo()
    {
        await Database.WriteAsync(db => db.ExecuteAsync("INSERT INTO vigil_migration (version, name, checksum, applied_at) VALUES (9999, 'later', 'x', 0)"), None);

        var error = await Assert.ThrowsAsync<FaultException>(() => Backend.OpenAsync(Clock));

        Assert.Equal(("store_newer", FaultKind.Unavailable), (error.Fault.Code, error.Fault.Kind));
        Assert.Contains("9999", error.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", error.Fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ScriptDiffersFromTheOneApplied_IsRefused()
    {
        await Database.WriteAsync(db => db.ExecuteAsync("UPDATE vigil_migration SET checksum = 'x' WHERE version = 1"), None);

        var error = await Assert.ThrowsAsync<FaultException>(() => Backend.OpenAsync(Clock));

        Assert.Equal("store_differs", error.Fault.Code);
    }

    [Fact]
    public async Task OpenAsync_UpToDate_AppliesNothing()
    {
        Assert.Equal(Scripts.Count, await CountAsync(Database));

        var again = await Backend.OpenAsync(Clock);

        Assert.Equal(Scripts.Count, await CountAsync(again));
        Assert.Equal(Scripts[^1].Version, (await ((IStore)again).DescribeAsync(None)).Schema);
    }

    /// <summary>As docs/decisions/0005-agent-column.md says.</summary>
    [Fact]
    public async Task A67_EachTableNamesTheAgentInAColumnOfTheSameName_AndOnlyTwoHaveADefault()
    {
        var sql = Database.Dialect.Pick(
            sqlite: """SELECT m.name || '.' || c.name || '.' || c."notnull" || '.' || coalesce(c.dflt_value, '') FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'session_words%'""",
            postgres: """
            SELECT table_name || '.' || column_name || '.' || (is_nullable = 'NO')::int || '.' || coalesce(replace(column_default, '::text', ''), '')
            FROM information_schema.columns WHERE table_schema = current_schema()
            """);
        var columns = await Database.ReadAsync(db => db.QueryAsync<string>(sql), None);

        Assert.DoesNotContain(columns, column => column.Contains("agent_id", StringComparison.Ordinal));
        var agents = columns.Where(column => column.Split('.')[1] == "agent").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["session.agent.1.'main'", "work.agent.1.'main'"], agents.Where(column => !column.EndsWith('.')));
        Assert.Equal(["event.agent.0."], agents.Where(column => column.Split('.')[2] == "0"));
        string[] others = ["agent_state", "api_session", "beat", "command", "delivery", "ledger", "notification", "response", "run", "said", "schedule", "spend_day", "wake_event", "wake_lane"];
        Assert.Equal(others.Select(table => $"{table}.agent.1."), agents.Where(column => column.EndsWith(".1.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Apply_AScriptThatFailsHalfway_LeavesTheStepBefore()
    {
        var broken = new MigrationScript(9000, "broken", "CREATE TABLE half (id bigint); INSERT INTO nowhere VALUES (1);");

        await Assert.ThrowsAnyAsync<Exception>(() => ApplyAsync([.. Scripts, broken]));

        Assert.Equal(Scripts.Count, await CountAsync(Database));
        await Assert.ThrowsAnyAsync<Exception>(() => Database.ReadAsync(db => db.ScalarAsync<long>("SELECT count(*) FROM half"), None));
        var mended = broken with { Sql = "CREATE TABLE half (id bigint);" };
        await ApplyAsync([.. Scripts, new MigrationScript(mended.Version, mended.Name, mended.Sql)]);
        Assert.Equal(Scripts.Count + 1, await CountAsync(Database));
    }

    [Fact]
    public void Scripts_AreNumberedRisingAndAlikeInBothDialects()
    {
        Assert.Equal(Scripts.Select(s => s.Version).Distinct().Order(), Scripts.Select(s => s.Version));
        Assert.Equal(MigrationScript.Sqlite.Select(s => (s.Version, s.Name)), MigrationScript.Postgres.Select(s => (s.Version, s.Name)));
    }

    private protected abstract IReadOnlyList<MigrationScript> Scripts { get; }

    private protected abstract Task ApplyAsync(IReadOnlyList<MigrationScript> scripts);

    private static Task<long> CountAsync(IDatabase database) => database.ReadAsync(db => db.ScalarAsync<long>("SELECT count(*) FROM vigil_migration"), None);
}

public sealed class SqliteMigrationTests : MigrationTests
{
    private protected override IReadOnlyList<MigrationScript> Scripts => MigrationScript.Sqlite;

    private protected override Task<Backend> CreateAsync() => SqliteAsync();

    private protected override Task ApplyAsync(IReadOnlyList<MigrationScript> scripts)
    {
        using var connection = Vigil.Storage.Engine.Sqlite.SqliteConnections.OpenWriter(Backend.Options.File!, SqliteSync.Full);
        SqliteMigrations.Apply(connection, Backend.Options.File!, Clock, scripts);
        return Task.CompletedTask;
    }
}

public sealed class PostgresMigrationTests : MigrationTests
{
    private protected override IReadOnlyList<MigrationScript> Scripts => MigrationScript.Postgres;

    private protected override Task<Backend> CreateAsync() => PostgresAsync();

    private protected override async Task ApplyAsync(IReadOnlyList<MigrationScript> scripts)
    {
        var text = new Npgsql.NpgsqlConnectionStringBuilder(Backend.Options.Connection) { SearchPath = Backend.Options.Schema };
        await using var connection = new Npgsql.NpgsqlConnection(text.ToString());
        await connection.OpenAsync();
        await PostgresMigrations.ApplyAsync(connection, Backend.Options.Schema, Clock, scripts, None);
    }
}
