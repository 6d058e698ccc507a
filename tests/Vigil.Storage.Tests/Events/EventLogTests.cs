using Vigil.Events;
using Vigil.Storage.Events;

namespace Vigil.Storage.Tests.Events;

public abstract class EventLogTests : StoreSuite
{
    private EventLog Log => new(Database);

    [Fact]
    public async Task AppendAsync_SeveralEvents_GetRisingIdsInTheirOrderAndAreReadAsWritten()
    {
        var first = new NewEvent(Clock.Now, "work.done", "cron", "main", "wrk_1", NewEvent.Json(new { Outcome = "spoke", Text = "ä\n" }));
        var second = new NewEvent(Clock.Now.AddSeconds(1), "config.reloaded", "gateway");

        var ids = await Log.AppendAsync([first, second], None);

        var read = await Log.ReadAsync(0, 10, null, None);
        Assert.Equal(ids, read.Select(e => e.Id));
        Assert.True(ids[0] < ids[1]);
        Assert.Equal((first.At, first.Type, first.Source, first.Agent, first.Work), (read[0].At, read[0].Type, read[0].Source, read[0].Agent, read[0].Work));
        Assert.Equal("""{"outcome":"spoke","text":"ä\n"}""", read[0].Payload.GetRawText().Replace("\\u00E4", "ä", StringComparison.Ordinal));
        Assert.Equal((null, null, "{}"), (read[1].Agent, read[1].Work, read[1].Payload.GetRawText()));
    }

    [Fact]
    public async Task ReadAsync_AfterAndLimit_GivesTheVeryNext()
    {
        var ids = await AppendAsync(5);

        var read = await Log.ReadAsync(ids[1], 2, null, None);

        Assert.Equal([ids[2], ids[3]], read.Select(e => e.Id));
    }

    [Fact]
    public async Task ReadAsync_Filters_GiveWhatTheySay()
    {
        await Log.AppendAsync(
        [
            new(Clock.Now, "work.done", "cron", "a", "w1"),
            new(Clock.Now, "work.error", "cron", "b", "w2"),
            new(Clock.Now, "worker.odd", "cron", "a", "w1"),
            new(Clock.Now, "config.reloaded", "gateway"),
        ], None);

        Assert.Equal(["work.done", "worker.odd"], await TypesAsync(new EventFilter(Agents: ["a", "c"])));
        Assert.Empty(await TypesAsync(new EventFilter(Agents: [])));
        Assert.Equal(["work.error"], await TypesAsync(new EventFilter(Work: "w2")));
        Assert.Equal(["work.done", "work.error"], await TypesAsync(new EventFilter(TypePrefix: "work.")));
        Assert.Equal(["work.done"], await TypesAsync(new EventFilter(["a"], "w1", "work.")));
    }

    [Fact]
    public async Task RangeAsync_EmptyThenFilledThenPruned_NamesOldestAndNewest()
    {
        Assert.Equal(new EventRange(0, 0), await Log.RangeAsync(None));
        var ids = await AppendAsync(3);
        Assert.Equal(new EventRange(ids[0], ids[2]), await Log.RangeAsync(None));

        Assert.Equal(3, await Log.PruneAsync(Clock.Now.AddDays(1), 100, None));

        Assert.Equal(new EventRange(ids[2] + 1, ids[2]), await Log.RangeAsync(None));
        Assert.True((await AppendAsync(1))[0] > ids[2], "an id was given twice");
    }

    [Fact]
    public async Task PrunedToNothingAndReopened_IdsAreNotGivenAgain()
    {
        var ids = await AppendAsync(3);
        await Log.PruneAsync(Clock.Now.AddDays(1), 100, None);
        await Database.DisposeAsync();

        var log = new EventLog(await Backend.OpenAsync(Clock));

        Assert.Equal(new EventRange(ids[2] + 1, ids[2]), await log.RangeAsync(None));
        Assert.True((await log.AppendAsync([new(Clock.Now, "work.done", "cron")], None))[0] > ids[2]);
    }

    [Fact]
    public async Task PruneAsync_ByAge_KeepsTheYounger()
    {
        await AppendAsync(2500);
        Clock.Now = Clock.Now.AddHours(1);
        var young = await AppendAsync(3);

        var deleted = await Log.PruneAsync(Clock.Now, 1_000_000, None);

        Assert.Equal(2500, deleted);
        Assert.Equal(young, (await Log.ReadAsync(0, 10, null, None)).Select(e => e.Id));
    }

    [Fact]
    public async Task PruneAsync_ByNumber_KeepsTheNewest()
    {
        var ids = await AppendAsync(1200);

        Assert.Equal(1190, await Log.PruneAsync(DateTimeOffset.UnixEpoch, 10, None));

        Assert.Equal(ids.TakeLast(10), (await Log.ReadAsync(0, 100, null, None)).Select(e => e.Id));
    }

    [Fact]
    public async Task WaitAsync_EventIsThere_CompletesAtOnce()
    {
        var ids = await AppendAsync(1);

        await Log.WaitAsync(ids[0] - 1, None);
        Assert.False(Log.WaitAsync(ids[0], None).IsCompleted);
    }

    [Fact]
    public async Task WaitAsync_EventComesLater_WakesEveryWaiter()
    {
        var ids = await AppendAsync(1);
        var waits = Enumerable.Range(0, 20).Select(_ => Log.WaitAsync(ids[0], None)).ToList();
        Assert.DoesNotContain(waits, w => w.IsCompleted);

        await AppendAsync(1);

        await Task.WhenAll(waits);
    }

    [Fact]
    public async Task WaitAsync_Cancelled_Ends()
    {
        using var gone = new CancellationTokenSource();
        var wait = Log.WaitAsync(long.MaxValue, gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Fact]
    public async Task WaitAsync_AfterReopening_KnowsWhatIsThere()
    {
        var ids = await AppendAsync(1);
        await Database.DisposeAsync();

        var log = new EventLog(await Backend.OpenAsync(Clock));

        await log.WaitAsync(ids[0] - 1, None);
    }

    /// <summary>The promise that every stream stands on: who has seen id N never misses one below it.</summary>
    [Fact]
    public async Task Readers_FollowingWhile64Write_SeeEveryEventOnceInRisingOrder()
    {
        const int writers = 64, each = 25;
        var other = Backend.HasNodes ? await Backend.OpenAsync(Clock) : Database;
        EventLog[] logs = [Log, new(other)];
        var readers = Enumerable.Range(0, 4).Select(i => FollowAsync(logs[i % 2], writers * each)).ToList();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var i = 0; i < each; i++)
                await logs[writer % 2].AppendAsync([new(Clock.Now, "thing.made", "run", null, $"{writer}.{i}")], None);
        }));

        foreach (var seen in await Task.WhenAll(readers))
        {
            Assert.Equal(seen.Select(e => e.Id).Order(), seen.Select(e => e.Id));
            Assert.Equal(writers * each, seen.Select(e => e.Work).Distinct().Count());
            Assert.Equal(writers * each, seen.Count);
        }
    }

    [Fact]
    public async Task FollowAsync_FilteredAndQuiet_ContinuesAfterWhatItPassedOver()
    {
        using var gone = new CancellationTokenSource();
        await Log.AppendAsync([new(Clock.Now, "work.done", "cron", "a"), new(Clock.Now, "work.done", "cron", "b")], None);
        await using var follow = Log.FollowAsync(0, new EventFilter(Agents: ["b"]), gone.Token).GetAsyncEnumerator(gone.Token);

        Assert.True(await follow.MoveNextAsync());
        Assert.Equal("b", follow.Current.Agent);
        var next = follow.MoveNextAsync().AsTask();
        await Log.AppendAsync([new(Clock.Now, "work.done", "cron", "a")], None);
        await Log.AppendAsync([new(Clock.Now, "work.error", "cron", "b")], None);
        Assert.True(await next);
        Assert.Equal("work.error", follow.Current.Type);
    }

    [Fact]
    public async Task ReadPartAsync_ManyThatTheFilterDrops_LooksAtAStretchAndSaysHowFar()
    {
        var log = new EventLog(Database) { Stretch = 4 };
        var rare = new EventFilter(TypePrefix: "budget.");
        await AppendAsync(5);
        await Log.AppendAsync([new(Clock.Now, "budget.warned", "ledger", "main")], None);

        var first = await log.ReadPartAsync(0, 50, rare, None);
        Assert.Empty(first.Events);
        Assert.Equal(4, first.LookedTo);
        Assert.False(first.IsLast);
        var second = await log.ReadPartAsync(first.LookedTo, 50, rare, None);
        Assert.Equal(6, Assert.Single(second.Events).Id);
        Assert.Equal(6, second.LookedTo);
        Assert.True(second.IsLast);
    }

    [Fact]
    public async Task ReadPartAsync_OldestArePruned_BeginsWithWhatIsKept()
    {
        var log = new EventLog(Database) { Stretch = 2 };
        await AppendAsync(10);
        await log.PruneAsync(Clock.Now.AddDays(-1), keep: 2, None);
        var part = await log.ReadPartAsync(0, 50, new EventFilter(Agents: ["main"]), None);
        Assert.Equal([9L, 10L], part.Events.Select(one => one.Id));
        Assert.True(part.IsLast);
    }

    [Fact]
    public async Task ReadPartAsync_MoreThanTheLimit_EndsAtTheLastThatItGives()
    {
        await AppendAsync(5);
        var part = await Log.ReadPartAsync(1, 2, null, None);
        Assert.Equal([2L, 3L], part.Events.Select(one => one.Id));
        Assert.Equal(3, part.LookedTo);
        Assert.False(part.IsLast);
        var rest = await Log.ReadPartAsync(part.LookedTo, 2, null, None);
        Assert.Equal(5, rest.LookedTo);
        Assert.True(rest.IsLast);
    }

    [Fact]
    public async Task FollowAsync_RareTypeFarAhead_IsFound()
    {
        await AppendAsync(7);
        await Log.AppendAsync([new(Clock.Now, "budget.warned", "ledger", "main")], None);
        var log = new EventLog(Database) { Stretch = 2 };
        await using var follow = log.FollowAsync(0, new EventFilter(TypePrefix: "budget."), None).GetAsyncEnumerator(None);
        Assert.True(await follow.MoveNextAsync());
        Assert.Equal(8, follow.Current.Id);
    }

    private static async Task<List<VigilEvent>> FollowAsync(EventLog log, int count)
    {
        var seen = new List<VigilEvent>();
        long after = 0;
        while (seen.Count < count)
        {
            await log.WaitAsync(after, None);
            var read = await log.ReadAsync(after, 50, null, None);
            seen.AddRange(read);
            if (read.Count > 0)
                after = read[^1].Id;
        }
        return seen;
    }

    private async Task<IReadOnlyList<long>> AppendAsync(int count)
        => await Log.AppendAsync([.. Enumerable.Range(0, count).Select(_ => new NewEvent(Clock.Now, "work.done", "cron", "main"))], None);

    private async Task<IEnumerable<string>> TypesAsync(EventFilter filter) => (await Log.ReadAsync(0, 100, filter, None)).Select(e => e.Type);
}

public sealed class SqliteEventLogTests : EventLogTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresEventLogTests : EventLogTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
