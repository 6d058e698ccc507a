using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Ledger;
using Vigil.Nodes;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Ledger;
using Vigil.Storage.Nodes;
using Vigil.Storage.Tests.Work;
using Vigil.Turns;

namespace Vigil.Storage.Tests.Ledger;

public abstract class BudgetHoldsTests : WorkSuite
{
    private const string Day = "2026-03-01";
    private const string Model = "openai/gpt-5.4";
    private protected static readonly SpendLook s_gateway = new(SpendScope.Gateway, Day, Day);

    private LedgerStore Ledger => new(Database);

    private protected BudgetHolds Holds => field ??= On("node-1", Database);

    [Fact]
    public async Task ReserveAsync_TwoGuardsAtOneMomentFiftyTimes_TheLimitIsReachedAndNeverPassed()
    {
        // Ten calls of a thousand tokens.
        var settings = new Budgeted(new BudgetSettings { Daily = new BudgetLimit { Tokens = 10_000 } });
        var (one, other) = (Guard(settings, Database), Guard(settings, Backend.HasNodes ? await Backend.OpenAsync(Clock) : Database));
        var agents = Enumerable.Range(0, 5).Select(n => new AgentProfile { Id = AgentId.Parse($"a{n}"), Timezone = "UTC", Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 3_000 } } }).ToList();
        for (var round = 1; round <= 3; round++)
        {
            var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(async () =>
            {
                var hold = $"hold_{round}_{n}";
                var made = (await (n % 2 == 0 ? one : other).ReserveAsync(agents[n % 5], Model, 500, 500, hold, None)).Model is not null;
                return (Hold: hold, Agent: n % 5, Made: made);
            })));

            var made = tries.Where(call => call.Made).ToList();
            Assert.Equal(10, made.Count);
            Assert.True(made.GroupBy(call => call.Agent).All(calls => calls.Count() <= 3));
            Assert.Equal(10_000, (await TodayAsync()).HeldTokens);
            foreach (var call in made)
                await Holds.ReleaseAsync(call.Hold, None);
        }
        Assert.Equal(0, await CountAsync("budget_hold"));
    }

    [Fact]
    public async Task HoldAsync_KeysOfTwoNodesAtOneMoment_TheLimitIsReachedAndNeverPassed()
    {
        var look = new SpendLook(SpendScope.OfKey("key_a"), Day, Day);
        await Ledger.AddAsync(Spent() with { Key = "key_a", CostUsd = 0.5m }, None);
        await Ledger.AddAsync(Spent() with { Key = "key_b", CostUsd = 9m }, None);
        BudgetHolds[] nodes = [Holds, On("node-2", Backend.HasNodes ? await Backend.OpenAsync(Clock) : Database)];

        var made = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() => nodes[n % (Backend.HasNodes ? 2 : 1)].HoldAsync<bool>([look],
            spent => spent[0].Usd + spent[0].HeldUsd + 0.25m > 2 ? (false, null) : (true, new BudgetHold($"hold_{n}", [look.Scope], 0.25m, 0)), None))));

        Assert.Equal(6, made.Count(one => one));
        Assert.Equal(new Spending(0.5m, 0, 1.5m, 0), (await Holds.LookAsync([look], None))[0]);
    }

    [Fact]
    public async Task LookAsync_AddsWhatIsHeldToWhatWasSpentInEachScopeAndPeriod()
    {
        var (main, other) = (AgentId.Main, AgentId.Parse("other"));
        await Ledger.AddAsync(Spent() with { CostUsd = 0.000000000125m }, None);
        await Ledger.AddAsync(Spent() with { Day = "2026-03-02", CostUsd = 1m }, None);
        await Ledger.AddAsync(Spent() with { Agent = other, CostUsd = null }, None);
        await HoldAsync("hold_1", SpendScope.Of(main), SpendScope.Gateway);
        await HoldAsync("hold_2", SpendScope.Of(other));

        SpendLook[] looks = [new(SpendScope.Of(other), Day, Day), new(SpendScope.Of(main), Day, "2026-03-31"), s_gateway, new(SpendScope.OfKey("main"), Day, Day)];

        Assert.Equal([new(0, 15, 1, 100), new(1.000000000125m, 30, 1, 100), new(0.000000000125m, 30, 1, 100), new(0, 0, 0, 0)], await Holds.LookAsync(looks, None));
        Assert.Empty(await Holds.LookAsync([], None));
    }

    [Fact]
    public async Task AddAsync_LineOfAHeldCall_EndsTheHoldInTheSameCommit()
    {
        await HoldAsync("hold_1", SpendScope.Gateway, SpendScope.OfKey("key_a"));
        await HoldAsync("hold_2", SpendScope.Gateway);

        await Ledger.AddAsync(Spent() with { Hold = "hold_1", CostUsd = 0.5m }, None);

        Assert.Equal(new Spending(0.5m, 15, 1, 100), await TodayAsync());
        Assert.Equal(1, await CountAsync("budget_hold"));
    }

    [Fact]
    public async Task AppendAsync_StepOfAHeldCall_EndsTheHoldAlsoWhenTheWorkIsAnothers()
    {
        var first = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), first, None);
        await HoldAsync("hold_1", SpendScope.Gateway);
        await HoldAsync("hold_2", SpendScope.Gateway);

        Assert.True(await Runs.AppendAsync("run_1", "run_1", Reply(1, "hold_1"), first, None));
        Assert.Equal(new Spending(0.25m, 15, 1, 100), await TodayAsync());

        await Works.ReleaseAsync(first, Now, None);
        Assert.False(await Runs.AppendAsync("run_1", "run_1", Reply(2, "hold_2"), first, None));
        Assert.Equal(new Spending(0.25m, 15, 0, 0), await TodayAsync());
    }

    [Fact]
    public async Task LookAsync_HoldThatNobodyEnded_EndsByItselfAndIsTakenAwayByTheNext()
    {
        await HoldAsync("hold_old", SpendScope.Gateway);
        await ShiftAsync("until", -IBudgetHolds.Longest);

        Assert.Equal(new Spending(0, 0, 0, 0), await TodayAsync());
        await HoldAsync("hold_new", SpendScope.Gateway);
        Assert.Equal(1, await CountAsync("budget_hold"));
    }

    [Fact]
    public async Task LookAsync_NodeOfAHoldDied_ItIsNotCountedAnyMore()
    {
        var dead = On("node-dead", Database);
        await dead.HoldAsync<bool>([s_gateway], _ => (true, new BudgetHold("hold_1", [SpendScope.Gateway], 1, 100)), None);
        if (Backend.HasNodes)
        {
            Assert.Equal(1, (await TodayAsync()).HeldUsd);
            await ShiftAsync("held_at", -TimeSpan.FromMinutes(1));
            var book = new NodeBook(Database);
            await book.SignAsync(new NodeSign("node-dead", "host", "1", Now, 4), Now, TimeSpan.FromHours(1), None);
            Assert.Equal(1, (await TodayAsync()).HeldUsd);
            await Database.WriteAsync(db => db.ExecuteAsync("UPDATE gateway_node SET last_seen = last_seen - @ms", new { ms = (long)NodeSigns.DeadAfter.TotalMilliseconds + 1_000 }), None);
        }

        Assert.Equal(0, (await TodayAsync()).HeldUsd);
        Assert.Equal(1, (await dead.LookAsync([s_gateway], None))[0].HeldUsd);
    }

    private protected BudgetHolds On(string node, IDatabase database) => new(database, new NodeName(node), Clock);

    private BudgetGuard Guard(Budgeted settings, IDatabase database)
        => new(On(ReferenceEquals(database, Database) ? "node-1" : "node-2", database), new PriceList(settings), settings, Clock);

    private Task HoldAsync(string id, params SpendScope[] scopes)
        => Holds.HoldAsync<bool>([.. scopes.Select(scope => new SpendLook(scope, Day, Day))], _ => (true, new BudgetHold(id, scopes, 1, 100)), None);

    private async Task<Spending> TodayAsync() => (await Holds.LookAsync([s_gateway], None))[0];

    private Task<int> ShiftAsync(string column, TimeSpan by)
        => Database.WriteAsync(db => db.ExecuteAsync($"UPDATE budget_hold SET {column} = {column} + @ms", new { ms = (long)by.TotalMilliseconds }), None);

    private TurnStep Reply(int number, string hold) => new()
    {
        Number = number,
        Kind = StepKind.Reply,
        At = Now,
        Message = new ChatMessage(ChatRole.Assistant, "ok"),
        Ledger = Spent() with { Hold = hold, CostUsd = 0.25m },
    };

    private LedgerEntry Spent() => new()
    {
        At = Now,
        Day = Day,
        Agent = AgentId.Main,
        Source = "cron",
        RunId = "run_1",
        ModelAsked = Model,
        ModelUsed = Model,
        InputTokens = 10,
        OutputTokens = 5,
    };

    private sealed class Budgeted(BudgetSettings budget) : ISettings
    {
        public event Action? Changed
        {
            add { }
            remove { }
        }

        public VigilSettings Current { get; } = new() { Budget = budget };

        public IReadOnlyList<SettingsError> Errors => [];

        public long Version => 1;
    }
}

public sealed class SqliteBudgetHoldsTests : BudgetHoldsTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresBudgetHoldsTests : BudgetHoldsTests
{
    [Fact]
    public async Task HoldAsync_WhileAnotherNodeDecides_WaitsAndSeesWhatThatOneHeld()
    {
        var second = On("node-2", await Backend.OpenAsync(Clock));
        using var waits = new ManualResetEventSlim();
        Task<decimal>? seen = null;
        var decides = Task.Run(() => Holds.HoldAsync([s_gateway], _ =>
        {
            seen = second.HoldAsync([s_gateway], spent => (spent[0].HeldUsd, (BudgetHold?)null), None);
            waits.Wait(None);
            return (true, new BudgetHold("hold_1", [SpendScope.Gateway], 1, 0));
        }, None));
        const string Waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        while (seen?.IsCompleted != true && await Database.ReadAsync(db => db.ScalarAsync<long>(Waiting), None) == 0)
        {
        }
        waits.Set();

        Assert.True(await decides);
        Assert.Equal(1, await seen!);
    }

    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
