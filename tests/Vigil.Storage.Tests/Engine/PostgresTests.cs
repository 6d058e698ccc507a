using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Postgres;
using Vigil.Storage.Events;
using Vigil.Tests.Shared;

namespace Vigil.Storage.Tests.Engine;

/// <summary>What is particular to a server: nodes, deadlocks, a server that is not there.</summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private Backend _backend = null!;

    public async Task InitializeAsync() => _backend = await Backend.PostgresAsync();

    public async Task DisposeAsync() => await _backend.DisposeAsync();

    [Fact]
    public async Task WriteAsync_TwoThatDeadlock_BothSucceedBecauseTheLoserRunsAgain()
    {
        var database = await _backend.OpenAsync();
        await database.WriteAsync(db => db.ExecuteAsync("CREATE TABLE thing (id bigint PRIMARY KEY, n bigint NOT NULL); INSERT INTO thing VALUES (1, 0), (2, 0)"), None);
        var bothHoldOne = new TaskCompletionSource();
        var runs = 0;

        await Task.WhenAll(AddAsync(1, 2), AddAsync(2, 1));

        Assert.Equal([2L, 2L], await database.ReadAsync(db => db.QueryAsync<long>("SELECT n FROM thing ORDER BY id"), None));
        Assert.True(runs > 2, "there was no deadlock to lose");

        Task AddAsync(int first, int second) => database.WriteAsync(async db =>
        {
            await db.ExecuteAsync("UPDATE thing SET n = n + 1 WHERE id = @first", new { first });
            if (Interlocked.Increment(ref runs) == 2)
                bothHoldOne.SetResult();
            await bothHoldOne.Task;
            return await db.ExecuteAsync("UPDATE thing SET n = n + 1 WHERE id = @second", new { second });
        }, None);
    }

    [Fact]
    public async Task WriteAmongOthersAsync_ManyAtOnce_ShareTransactions()
    {
        var database = await _backend.OpenAsync();
        await database.WriteAsync(db => db.ExecuteAsync("CREATE TABLE thing (id bigint PRIMARY KEY, tx xid8 NOT NULL)"), None);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => database.WriteAmongOthersAsync(
            db => db.RunAsync("INSERT INTO thing VALUES (@id, pg_current_xact_id())", ("id", (long)i)), None)));

        Assert.Equal(200, await database.ReadAsync(db => db.ScalarAsync<long>("SELECT count(*) FROM thing"), None));
        Assert.InRange(await database.ReadAsync(db => db.ScalarAsync<long>("SELECT count(DISTINCT tx) FROM thing"), None), 1, 50);
    }

    [Fact]
    public async Task WriteAmongOthersAsync_TwoNodesThatChangeTheSameRowsInAnyOrder_DoNotLockUp()
    {
        var nodes = new[] { await _backend.OpenAsync(), await _backend.OpenAsync() };
        await nodes[0].WriteAsync(db => db.ExecuteAsync("CREATE TABLE thing (id text PRIMARY KEY, n bigint NOT NULL); INSERT INTO thing SELECT chr(97 + i), 0 FROM generate_series(0, 9) i"), None);
        const string add = "UPDATE thing SET n = n + 1 WHERE id = @id";
        var runs = 0;

        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => nodes[i % 2].WriteAmongOthersAsync(async db =>
        {
            Interlocked.Increment(ref runs);
            var row = $"{(char)('a' + ((i % 2 == 0 ? i : 600 - i) / 2 % 10))}";
            return i % 4 < 2 ? await db.RunAsync(add, ("id", row)) : await RunLastAsync(db, row);
        }, None)));

        Assert.Equal(Enumerable.Repeat(60L, 10), await nodes[0].ReadAsync(db => db.QueryAsync<long>("SELECT n FROM thing"), None));
        Assert.Equal(600, runs);

        static async Task<int> RunLastAsync(Db db, string row)
        {
            await db.RunLastAsync("UPDATE thing SET n = n + 1 WHERE id = @id", ("id", row));
            return 1;
        }
    }

    [Fact]
    public async Task W19_ANodeThatFreezesInATransaction_HoldsNobodyUp_AndRunsItAgain()
    {
        var frozen = await _backend.OpenAsync();
        var other = await _backend.OpenAsync();
        await frozen.WriteAsync(db => db.ExecuteAsync("CREATE TABLE thing (id bigint PRIMARY KEY, n bigint NOT NULL); INSERT INTO thing VALUES (1, 0)"), None);
        Assert.Equal("5s", await frozen.ReadAsync(db => db.ScalarAsync<string>("SHOW idle_in_transaction_session_timeout"), None));
        var holds = new TaskCompletionSource();
        var thawed = new TaskCompletionSource();

        var late = frozen.WriteAsync(async db =>
        {
            // Sooner than it would be, so that the test need not wait.
            await db.ExecuteAsync("SET LOCAL idle_in_transaction_session_timeout = 20");
            var changed = await db.ExecuteAsync("UPDATE thing SET n = n + 1 WHERE id = 1");
            holds.TrySetResult();
            await thawed.Task;
            return changed + await db.ExecuteAsync("UPDATE thing SET n = n + 10 WHERE id = 1");
        }, None);
        await holds.Task;
        await other.WriteAsync(db => db.ExecuteAsync("UPDATE thing SET n = n + 100 WHERE id = 1"), None);
        thawed.SetResult();

        Assert.Equal(2, await late);
        Assert.Equal([111L], await other.ReadAsync(db => db.QueryAsync<long>("SELECT n FROM thing"), None));
    }

    [Fact]
    public async Task WaitAsync_EventOfAnotherNode_WakesThisOne()
    {
        var here = new EventLog(await _backend.OpenAsync());
        var there = new EventLog(await _backend.OpenAsync());
        var wait = here.WaitAsync(0, None);

        var ids = await there.AppendAsync([new(DateTimeOffset.UnixEpoch, "work.done", "run")], None);
        await wait;

        Assert.Equal(ids, (await here.ReadAsync(0, 10, null, None)).Select(e => e.Id));
    }

    [Fact]
    public async Task WaitAsync_NotificationWasLost_ThePollFindsTheEvent()
    {
        var database = await _backend.OpenAsync();
        var wait = new EventLog(database).WaitAsync(0, None);

        // Past Vigil, so that nobody is notified.
        await database.WriteAsync(db => db.ExecuteAsync("INSERT INTO event (at, type, source, payload) VALUES (0, 'work.done', 'run', '{}')"), None);

        await wait;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WriteAsync_ServerDropsTheConnectionThatFlushes_TheCallerIsNotToldThatItIsOnTheDisk(bool later)
    {
        var database = await _backend.OpenAsync();
        var log = new EventLog(database);
        await log.AppendAsync([new(DateTimeOffset.UnixEpoch, "work.admitted", "run")], None);

        // As a server that goes down between a commit and its flush would.
        Task<long> DropAsync(Db db)
        {
            db.Append(new NewEvent(DateTimeOffset.UnixEpoch, "work.lost", "run"));
            return db.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = @name", new { name = $"vigil flush {_backend.Options.Schema}" });
        }
        var onDisk = later ? (await database.CommitAsync(DropAsync, None)).OnDisk : database.WriteAsync(DropAsync, None);
        var error = await Assert.ThrowsAsync<StoreException>(() => onDisk);
        await log.AppendAsync([new(DateTimeOffset.UnixEpoch, "work.done", "run")], None);

        Assert.Equal(StoreProblem.Unreachable, error.Problem);
        Assert.Equal("work.done", (await log.ReadAsync(0, 10, null, None))[^1].Type);
    }

    [Fact]
    public async Task AppendAsync_ManyAtOnce_EachIsAnsweredAndAnotherNodeSeesAll()
    {
        var here = new EventLog(await _backend.OpenAsync());
        var there = new EventLog(await _backend.OpenAsync());

        var ids = (await Task.WhenAll(Enumerable.Range(0, 200).Select(n => here.AppendAsync([new(DateTimeOffset.UnixEpoch, "work.done", $"{n}")], None)))).SelectMany(one => one).ToArray();
        await there.WaitAsync(ids.Max() - 1, None);

        Assert.Equal(ids.Order(), (await there.ReadAsync(0, 500, null, None)).Select(e => e.Id));
    }

    [Fact]
    public async Task Schemas_OfTwoGatewaysInOneDatabase_DoNotMeet()
    {
        await using var other = await Backend.PostgresAsync();
        var mine = new EventLog(await _backend.OpenAsync());
        var theirs = new EventLog(await other.OpenAsync());

        await theirs.AppendAsync([new(DateTimeOffset.UnixEpoch, "work.done", "run")], None);

        Assert.Empty(await mine.ReadAsync(0, 10, null, None));
        Assert.NotEqual(PostgresEventNames.Of(_backend.Options.Schema), PostgresEventNames.Of(other.Options.Schema));
    }

    [Fact]
    public async Task OpenAsync_NoServer_SaysSoWithoutThePassword()
    {
        await using var database = New("Host=127.0.0.1;Port=1;Database=x;Username=u;Password=hunter2;Timeout=2");

        var error = await Assert.ThrowsAsync<StoreException>(() => database.OpenAsync(None));

        Assert.Equal((StoreProblem.Unreachable, FaultKind.Unavailable), (error.Problem, error.Fault.Kind));
        Assert.Contains("gateway.storage.connection", error.Fault.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.NotNull(await database.CheckAsync(None));
    }

    [Fact]
    public async Task OpenAsync_NoSuchDatabase_SaysHowToMakeIt()
    {
        await using var database = New(_backend.Options.Connection + ";Database=absent");

        var error = await Assert.ThrowsAsync<StoreException>(() => database.OpenAsync(None));

        Assert.Contains("createdb", error.Fault.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=h;Passwort=hunter2")]
    [InlineData("hunter2")]
    [InlineData("")]
    public void New_ConnectionThatIsNone_IsRefusedWithoutQuotingIt(string connection)
    {
        var error = Assert.Throws<FaultException>(() => New(connection));

        Assert.Equal("store_connection", error.Fault.Code);
        Assert.DoesNotContain("hunter2", error.Fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Vigil")]
    [InlineData("a\"; DROP TABLE x; --")]
    [InlineData("1a")]
    public void New_SchemaThatIsNoName_IsRefused(string schema)
        => Assert.Equal("store_schema", Assert.Throws<FaultException>(() => New("Host=h", schema)).Fault.Code);

    [Fact]
    public async Task BackupAsync_NamesTheToolThatDoesIt()
    {
        var database = (PostgresDatabase)await _backend.OpenAsync();

        var error = await Assert.ThrowsAsync<FaultException>(() => database.BackupAsync("b.dump", None));

        Assert.Contains($"pg_dump --schema={_backend.Options.Schema}", error.Fault.Hint, StringComparison.Ordinal);
    }

    private static PostgresDatabase New(string connection, string schema = "vigil")
        => new(new StorageOptions { Kind = StorageKind.Postgres, Connection = connection, Schema = schema }, TimeProvider.System, NullLogger.Instance);
}
