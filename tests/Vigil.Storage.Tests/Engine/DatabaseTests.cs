using Vigil.Errors;
using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Events;
using Vigil.Store;

namespace Vigil.Storage.Tests.Engine;

/// <summary>What every store relies on, whatever the database.</summary>
public abstract class DatabaseTests : StoreSuite
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private EventLog Log => new(Database);

    [Fact]
    public async Task WriteAsync_CallbackReturns_ItsResultIsReturnedAndKept()
    {
        await CreateTableAsync();

        var result = await Database.WriteAsync(async db => await db.ExecuteAsync("INSERT INTO thing (id) VALUES (@id)", new { id = "a" }) + 41, None);

        Assert.Equal(42, result);
        Assert.Equal(["a"], await ThingsAsync(Database));
    }

    [Fact]
    public async Task WriteAsync_CallbackThrows_NothingOfItIsKeptAndTheCallerSeesTheError()
    {
        await CreateTableAsync();

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Database.WriteAsync<int>(async db =>
        {
            await db.ExecuteAsync("INSERT INTO thing (id) VALUES ('a')");
            db.Append(Event("work.done"));
            throw new InvalidDataException("on purpose");
        }, None));

        Assert.Equal("on purpose", error.Message);
        Assert.Empty(await ThingsAsync(Database));
        Assert.Empty(await Log.ReadAsync(0, 10, null, None));
    }

    [Fact]
    public async Task WriteAsync_CallbackRollsBack_ItsValueReturnsAndNothingIsKept()
    {
        await CreateTableAsync();

        var result = await Database.WriteAsync(async db =>
        {
            await db.ExecuteAsync("INSERT INTO thing (id) VALUES ('a')");
            db.Append(Event("work.done"));
            db.RollBack();
            return "not mine";
        }, None);

        Assert.Equal("not mine", result);
        Assert.Empty(await ThingsAsync(Database));
        Assert.Empty(await Log.ReadAsync(0, 10, null, None));
    }

    [Fact]
    public async Task WriteAsync_ManyAtOnceAndOneInThreeFails_ExactlyTheOthersAreKept()
    {
        await CreateTableAsync();

        var writes = Enumerable.Range(0, 300).Select(i => Database.WriteAsync(async db =>
        {
            await db.ExecuteAsync("INSERT INTO thing (id) VALUES (@id)", new { id = $"{i:000}" });
            db.Append(Event($"thing.{i:000}"));
            return i % 3 == 0 ? throw new InvalidDataException() : i;
        }, None)).ToList();
        await Assert.ThrowsAsync<InvalidDataException>(() => Task.WhenAll(writes));

        var expected = Enumerable.Range(0, 300).Where(i => i % 3 != 0).Select(i => $"{i:000}").ToList();
        Assert.Equal(100, writes.Count(w => w.IsFaulted));
        Assert.Equal(expected, await ThingsAsync(Database));
        Assert.Equal(expected, (await Log.ReadAsync(0, 1000, null, None)).Select(e => e.Type["thing.".Length..]).Order());
    }

    [Fact]
    public async Task WriteAsync_SameKeyTwice_IsAConflict()
    {
        await CreateTableAsync();
        await InsertAsync("a");

        var error = await Assert.ThrowsAsync<StoreException>(() => InsertAsync("a"));

        Assert.Equal(StoreProblem.Conflict, error.Problem);
        Assert.Equal(FaultKind.Conflict, error.Fault.Kind);
    }

    [Fact]
    public async Task WriteAsync_CancelledBefore_WritesNothing()
    {
        await CreateTableAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Database.WriteAsync(db => db.ExecuteAsync("INSERT INTO thing (id) VALUES ('a')"), new CancellationToken(canceled: true)));

        Assert.Empty(await ThingsAsync(Database));
    }

    [Fact]
    public async Task WriteAsync_PreparedStatement_KeepsNullsAndTexts()
    {
        await CreateTableAsync();
        foreach (var (id, note) in new[] { ("a", null), ("b", "x"), ("c", (string?)null) })
            await Database.WriteAsync(db => db.RunAsync("INSERT INTO thing (id, note) VALUES (@id, @note)", ("id", id), ("note", note)), None);

        var notes = await Database.ReadAsync(db => db.QueryAsync<string?>("SELECT note FROM thing ORDER BY id"), None);

        Assert.Equal([null, "x", null], notes);
    }

    [Fact]
    public async Task WriteAmongOthersAsync_ManyAtOnce_EachHasItsOwnResultAndEvents()
    {
        await CreateTableAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Database.WriteAmongOthersAsync(async db =>
        {
            var first = await db.RunAsync("INSERT INTO thing (id) VALUES (@id)", ("id", $"{i:000}"));
            var both = await db.RunManyAsync([new Statement("UPDATE thing SET note = 'x' WHERE id = @id", ("id", $"{i:000}")), new Statement("DELETE FROM thing WHERE id = @id", ("id", $"none-{i}"))]);
            await db.RunLastAsync("UPDATE thing SET note = @note WHERE id = @id", ("id", $"{i:000}"), ("note", $"note {i}"));
            db.Append([Event($"thing.{i:000}"), Event($"thing.{i:000}")]);
            return (i, first, both[0], both[1], db);
        }, None)));

        Assert.All(results, (result, i) => Assert.Equal((i, 1, 1, 0), (result.i, result.first, result.Item3, result.Item4)));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"note {i}"), await Database.ReadAsync(db => db.QueryAsync<string>("SELECT note FROM thing ORDER BY id"), None));
        var types = (await Log.ReadAsync(0, 1000, null, None)).ToDictionary(e => e.Id, e => e.Type);
        Assert.All(results, result => Assert.Equal([$"thing.{result.i:000}", $"thing.{result.i:000}"], result.db.EventIds.Select(id => types[id])));
    }

    [Fact]
    public async Task WriteAmongOthersAsync_SomeThrowRollBackConflictOrRead_ExactlyTheOthersAreKept()
    {
        await CreateTableAsync();
        await InsertAsync("taken");

        var writes = Enumerable.Range(0, 60).Select(i => Database.WriteAmongOthersAsync(async db =>
        {
            await db.RunAsync("INSERT INTO thing (id) VALUES (@id)", ("id", $"{i:00}"));
            db.Append(Event($"thing.{i:00}"));
            switch (i)
            {
                case 7:
                    throw new InvalidDataException("on purpose");
                case 17:
                    db.RollBack();
                    break;
                case 27:
                    await db.RunAsync("INSERT INTO thing (id) VALUES ('taken')");
                    break;
                case 37:
                    return await db.ScalarAsync<long>("SELECT count(*) FROM thing WHERE id = '37'") + 100;
            }
            return (long)i;
        }, None)).ToList();
        await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(writes));

        Assert.Equal([7, 27], Enumerable.Range(0, 60).Where(i => writes[i].IsFaulted));
        Assert.IsType<InvalidDataException>(writes[7].Exception!.InnerException);
        Assert.Equal(StoreProblem.Conflict, Assert.IsType<StoreException>(writes[27].Exception!.InnerException).Problem);
        Assert.Equal((17L, 101L), (await writes[17], await writes[37]));
        var expected = Enumerable.Range(0, 60).Where(i => i is not (7 or 17 or 27)).Select(i => $"{i:00}").ToList();
        Assert.Equal([.. expected, "taken"], await ThingsAsync(Database));
        Assert.Equal(expected, (await Log.ReadAsync(0, 1000, null, None)).Select(e => e.Type["thing.".Length..]).Order());
    }

    [Fact]
    public async Task WriteAmongOthersAsync_CancelledBefore_WritesNothing()
    {
        await CreateTableAsync();

        var writes = Enumerable.Range(0, 40).Select(i => Database.WriteAmongOthersAsync(
            db => db.RunAsync("INSERT INTO thing (id) VALUES (@id)", ("id", $"{i:00}")), new CancellationToken(canceled: i % 2 == 0))).ToList();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(writes));

        Assert.All(writes, (write, i) => Assert.Equal(i % 2 == 0, write.IsCanceled));
        Assert.Equal(Enumerable.Range(0, 40).Where(i => i % 2 != 0).Select(i => $"{i:00}"), await ThingsAsync(Database));
    }

    [Fact]
    public async Task CommitAsync_OthersSeeItAtOnce_AndItIsOnTheDiskSoonAfter()
    {
        await CreateTableAsync();

        var (rows, onDisk) = await Database.CommitAsync(async db =>
        {
            db.Append(Event("work.done"));
            return await db.ExecuteAsync("INSERT INTO thing (id) VALUES ('a')");
        }, None);

        Assert.Equal(1, rows);
        Assert.Equal(["a"], await ThingsAsync(Database));
        await onDisk;
        Assert.Equal((await Log.RangeAsync(None)).Newest, Assert.Single(await Log.ReadAsync(0, 10, null, None)).Id);
        await Log.WaitAsync(0, new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
    }

    [Fact]
    public async Task CommitAsync_CallbackThrows_NothingOfItIsKept()
    {
        await CreateTableAsync();

        await Assert.ThrowsAsync<InvalidDataException>(() => Database.CommitAsync<int>(async db =>
        {
            await db.ExecuteAsync("INSERT INTO thing (id) VALUES ('a')");
            throw new InvalidDataException();
        }, None));

        Assert.Empty(await ThingsAsync(Database));
    }

    [Fact]
    public async Task CommitAsync_AmongManyWrites_AllAreKeptAndComeToTheDisk()
    {
        await CreateTableAsync();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            Task<int> InsertAsync(Db db) => db.ExecuteAsync("INSERT INTO thing (id) VALUES (@id)", new { id = $"{i:000}" });
            if (i % 2 == 0)
                await Database.WriteAsync(InsertAsync, None);
            else
                await (await Database.CommitAsync(InsertAsync, None)).OnDisk.WaitAsync(TimeSpan.FromSeconds(30));
        })));

        Assert.Equal(200, (await ThingsAsync(Database)).Count);
    }

    [Fact]
    public async Task Db_UsedAfterItsCallback_Throws()
    {
        var kept = await Database.WriteAsync(Task.FromResult, None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => kept.ScalarAsync<long>("SELECT 1"));
    }

    [Fact]
    public async Task ReadAsync_ThatWrites_IsRefused()
        => await Assert.ThrowsAnyAsync<Exception>(() => Database.ReadAsync(db =>
        {
            db.Append(Event("work.done"));
            return Task.FromResult(0);
        }, None));

    [Fact]
    public async Task ReadAsync_ManyAtOnce_AllAnswer()
    {
        await CreateTableAsync();
        await InsertAsync("a");

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ThingsAsync(Database)));

        Assert.All(answers, things => Assert.Equal(["a"], things));
    }

    [Fact]
    public async Task Reopened_EverythingConfirmedIsThere()
    {
        await CreateTableAsync();
        await InsertAsync("a");
        await Log.AppendAsync([Event("work.done")], None);
        await Database.DisposeAsync();

        var again = await Backend.OpenAsync(Clock);

        Assert.Equal(["a"], await ThingsAsync(again));
        Assert.Single(await new EventLog(again).ReadAsync(0, 10, null, None));
    }

    [Fact]
    public async Task CheckAndDescribeAndIntegrity_OfASoundStore_SayIt()
    {
        var store = (IStore)Database;

        Assert.Null(await store.CheckAsync(None));
        Assert.Empty(await store.IntegrityAsync(None));
        var description = await store.DescribeAsync(None);
        Assert.Matches(@"^(SQLite|PostgreSQL) \d+\.\d+", description.Engine);
        Assert.True(description.Bytes > 0);
        Assert.True(description.Schema >= 1);
    }

    private static NewEvent Event(string type) => new(At, type, "run");

    private Task CreateTableAsync() => Database.WriteAsync(db => db.ExecuteAsync("CREATE TABLE thing (id text PRIMARY KEY, note text)"), None);

    private Task InsertAsync(string id) => Database.WriteAsync(db => db.ExecuteAsync("INSERT INTO thing (id) VALUES (@id)", new { id }), None);

    private static Task<IReadOnlyList<string>> ThingsAsync(IDatabase database)
        => database.ReadAsync(db => db.QueryAsync<string>("SELECT id FROM thing ORDER BY id"), None);
}

public sealed class SqliteDatabaseConformance : DatabaseTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresDatabaseConformance : DatabaseTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
