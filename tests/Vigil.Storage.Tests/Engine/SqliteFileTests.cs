using Microsoft.Data.Sqlite;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Sqlite;
using Vigil.Storage.Events;
using Vigil.Store;

namespace Vigil.Storage.Tests.Engine;

/// <summary>What can go wrong with a file, and what a person is told then.</summary>
public sealed class SqliteFileTests : IAsyncLifetime
{
    private readonly Backend _backend = Backend.Sqlite();

    private string File => _backend.Options.File!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _backend.DisposeAsync();

    [Theory]
    [InlineData(SqliteSync.Full, 2)]
    [InlineData(SqliteSync.Normal, 1)]
    public async Task OpenAsync_Pragmas_AreAsPromised(SqliteSync synchronous, long expected)
    {
        await using var backend = Backend.Sqlite(synchronous);
        var database = await backend.OpenAsync();

        var (journal, sync, foreignKeys) = await database.WriteAsync(async db => (
            await db.ScalarAsync<string>("PRAGMA journal_mode"),
            await db.ScalarAsync<long>("PRAGMA synchronous"),
            await db.ScalarAsync<long>("PRAGMA foreign_keys")), CancellationToken.None);

        Assert.Equal(("wal", expected, 1), (journal, sync, foreignKeys));
        Assert.Equal(1, await database.ReadAsync(db => db.ScalarAsync<long>("PRAGMA foreign_keys"), CancellationToken.None));
    }

    [Theory]
    [InlineData(SqliteSync.Full, 2)]
    [InlineData(SqliteSync.Normal, 1)]
    public async Task CommitAsync_Alone_LeavesTheFlushToItself_AndTheNextWriteFlushesAsSet(SqliteSync synchronous, long set)
    {
        await using var backend = Backend.Sqlite(synchronous);
        var database = await backend.OpenAsync();
        static Task<long> Synchronous(Db db) => db.ScalarAsync<long>("PRAGMA synchronous");

        var (committing, onDisk) = await database.CommitAsync(Synchronous, CancellationToken.None);
        var writing = await database.WriteAsync(Synchronous, CancellationToken.None);

        Assert.Equal((1, set), (committing, writing));
        await onDisk;
    }

    [Fact]
    public async Task CommitAsync_ItsFlushFails_TheCallerIsNotToldThatItIsOnTheDisk()
    {
        var database = await _backend.OpenAsync();
        System.IO.File.Delete(File + "-wal");

        var (_, onDisk) = await database.CommitAsync(db => db.ScalarAsync<long>("SELECT 1"), CancellationToken.None);

        Assert.Equal(StoreProblem.Disk, (await Assert.ThrowsAsync<StoreException>(() => onDisk)).Problem);
    }

    [Fact]
    public async Task ReadAsync_Writing_IsRefusedByTheDatabase()
    {
        var database = await _backend.OpenAsync();

        var error = await Assert.ThrowsAsync<StoreException>(
            () => database.ReadAsync(db => db.ExecuteAsync("DELETE FROM event"), CancellationToken.None));

        Assert.Equal(StoreProblem.Disk, error.Problem);
    }

    [Fact]
    public async Task WriteAsync_CallbackWaitsForSomethingElse_IsRefusedInsteadOfStoppingAllWrites()
    {
        var database = await _backend.OpenAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(
            _ => database.WriteAsync(db => db.ScalarAsync<long>("SELECT 1"), CancellationToken.None), CancellationToken.None));

        Assert.Equal(2, await database.WriteAsync(db => db.ScalarAsync<long>("SELECT 2"), CancellationToken.None));
    }

    [Fact]
    public async Task WriteAsync_DiskFull_FailsWithWhatToDoAndWorksAgainWithRoom()
    {
        var database = await _backend.OpenAsync();
        var log = new EventLog(database);
        await log.AppendAsync([Event(10)], CancellationToken.None);
        await LimitPagesAsync(database, -1);

        var failures = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            try
            {
                await log.AppendAsync([Event(200_000)], CancellationToken.None);
                return null;
            }
            catch (StoreException e)
            {
                return e;
            }
        }));

        Assert.All(failures, e => Assert.Equal(StoreProblem.Full, e!.Problem));
        Assert.Contains("Make room", failures[0]!.Fault.Hint, StringComparison.Ordinal);
        Assert.Single(await log.ReadAsync(0, 100, null, CancellationToken.None));
        await LimitPagesAsync(database, 1_000_000);
        Assert.Null(await ((IStore)database).CheckAsync(CancellationToken.None));
        await log.AppendAsync([Event(200_000)], CancellationToken.None);
        Assert.Equal(2, (await log.ReadAsync(0, 100, null, CancellationToken.None)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WriteAsync_FileMovedAwayOrReplaced_IsNotConfirmedUntilItIsBack(bool replaced)
    {
        var database = await _backend.OpenAsync();
        var log = new EventLog(database);
        await log.AppendAsync([Event(10)], CancellationToken.None);
        System.IO.File.Move(File, File + ".away");
        if (replaced)
            System.IO.File.Copy(File + ".away", File);

        var error = await Assert.ThrowsAsync<StoreException>(() => log.AppendAsync([Event(10)], CancellationToken.None));

        Assert.Equal((StoreProblem.Disk, FaultKind.Unavailable), (error.Problem, error.Fault.Kind));
        Assert.Contains("was moved, deleted or replaced", error.Message, StringComparison.Ordinal);
        Assert.Contains("vigil restore", error.Fault.Hint, StringComparison.Ordinal);
        Assert.NotNull(await ((IStore)database).CheckAsync(CancellationToken.None));
        System.IO.File.Move(File + ".away", File, overwrite: true);
        Assert.Null(await ((IStore)database).CheckAsync(CancellationToken.None));
        await log.AppendAsync([Event(10)], CancellationToken.None);
        Assert.Equal(2, (await log.ReadAsync(0, 100, null, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task OpenAsync_NotADatabase_IsRefusedAndLeftAlone()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 8192));

        var error = await Assert.ThrowsAsync<StoreException>(() => _backend.OpenAsync());

        Assert.Equal((StoreProblem.Corrupt, FaultKind.Unavailable), (error.Problem, error.Fault.Kind));
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
        Assert.Contains("vigil restore", error.Fault.Hint, StringComparison.Ordinal);
        Assert.Equal(new string('x', 8192), await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task OpenAsync_DatabaseOfAnotherProgram_IsRefused()
    {
        _ = SqliteLibrary.Version;
        await using (var connection = new SqliteConnection($"Data Source={File};Pooling=False"))
        {
            connection.Open();
            SqliteConnections.Execute(connection, "CREATE TABLE theirs (id INTEGER)");
        }

        var error = await Assert.ThrowsAsync<FaultException>(() => _backend.OpenAsync());

        Assert.Equal("store_foreign", error.Fault.Code);
    }

    [Fact]
    public async Task OpenAsync_NoDirectory_IsRefusedWithTheFile()
    {
        var database = new SqliteDatabase(new StorageOptions { File = Path.Combine(Path.GetDirectoryName(File)!, "absent", "vigil.db") }, TimeProvider.System);

        var error = await Assert.ThrowsAsync<StoreException>(() => database.OpenAsync(CancellationToken.None));

        Assert.Equal(StoreProblem.Disk, error.Problem);
    }

    [Fact]
    public async Task Damaged_PagesInTheMiddle_IntegritySaysSoAndAWriteThatMeetsThemFails()
    {
        var database = await _backend.OpenAsync();
        await new EventLog(database).AppendAsync([.. Enumerable.Range(0, 2000).Select(_ => Event(400))], CancellationToken.None);
        await database.DisposeAsync();
        await using (var stream = System.IO.File.OpenWrite(File))
        {
            stream.Position = stream.Length / 2 / 4096 * 4096; // whole pages: half a page of zeros may pass for odd rows
            await stream.WriteAsync(new byte[64 * 1024]);
        }

        var damaged = await _backend.OpenAsync();

        Assert.NotEmpty(await ((IStore)damaged).IntegrityAsync(CancellationToken.None));
        var error = await Assert.ThrowsAsync<StoreException>(() => damaged.WriteAsync(db => db.ExecuteAsync("UPDATE event SET payload = payload || ' '"), CancellationToken.None));
        Assert.Equal(StoreProblem.Corrupt, error.Problem);
    }

    [Fact]
    public async Task Disposed_WritesThatWaitAreCommittedAndLaterOnesRefused()
    {
        var database = await _backend.OpenAsync();
        var log = new EventLog(database);
        var waiting = Enumerable.Range(0, 100).Select(_ => log.AppendAsync([Event(10)], CancellationToken.None)).ToList();

        await database.DisposeAsync();

        await Task.WhenAll(waiting);
        var error = await Assert.ThrowsAsync<StoreException>(() => log.AppendAsync([Event(10)], CancellationToken.None));
        Assert.Equal(StoreProblem.Closed, error.Problem);
        Assert.Equal(100, (await new EventLog(await _backend.OpenAsync()).ReadAsync(0, 1000, null, CancellationToken.None)).Count);
    }

    [Theory]
    [InlineData("3.37.2")]
    [InlineData("2.8")]
    [InlineData("odd")]
    public void RequireVersion_TooOld_NamesTheCommandThatInstallsIt(string version)
    {
        var error = Assert.Throws<FaultException>(() => SqliteLibrary.RequireVersion(version));

        Assert.Contains(version, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Fault.Hint!);
    }

    [Fact]
    public void RequireVersion_NewEnough_Passes() => SqliteLibrary.RequireVersion("3.38.0");

    private static NewEvent Event(int size) => new(DateTimeOffset.UnixEpoch, "thing.made", "run", Payload: NewEvent.Json(new { text = new string('x', size) }));

    /// <summary>A disk without room, as SQLite sees it; -1 means not a page more than now.</summary>
    private static Task LimitPagesAsync(IDatabase database, int pages) => database.WriteAsync(async db =>
    {
        var limit = pages < 0 ? await db.ScalarAsync<long>("PRAGMA page_count") : pages;
        return await db.ScalarAsync<long>($"PRAGMA max_page_count = {limit}");
    }, CancellationToken.None);
}
