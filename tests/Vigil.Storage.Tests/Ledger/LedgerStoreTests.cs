using Vigil.Agents;
using Vigil.Ledger;
using Vigil.Storage.Ledger;

namespace Vigil.Storage.Tests.Ledger;

public abstract class LedgerStoreTests : StoreSuite
{
    private LedgerStore Ledger => new(Database);

    [Fact]
    public async Task AddAsync_EveryField_IsReadAsWritten()
    {
        var entry = Entry() with { WorkId = "wrk_1", CachedInputTokens = 3, CostUsd = 0.000000125m, PrimaryCostUsd = 1.5m };

        await Ledger.AddAsync(entry, None);

        Assert.Equal(entry, Assert.Single((await Ledger.EntriesAsync(null, "wrk_1", null, 10, None)).Items));
    }

    [Fact]
    public async Task SpendAsync_GroupsAndBounds_AgreeWithAPlainSum()
    {
        var random = new Random(7);
        var entries = Enumerable.Range(0, 200).Select(_ => Entry() with
        {
            Day = $"2026-03-{random.Next(1, 10):00}",
            Agent = AgentId.Parse($"a{random.Next(3)}"),
            Source = random.Next(2) == 0 ? "cron" : "heartbeat",
            ModelUsed = $"p/m{random.Next(3)}",
            InputTokens = random.Next(1000),
            OutputTokens = random.Next(1000),
            CostUsd = random.Next(5) == 0 ? null : random.Next(1_000_000) / 1_000_000_000m,
            PrimaryCostUsd = random.Next(5) == 0 ? null : random.Next(1_000_000) / 1_000_000_000m,
        }).ToList();
        foreach (var entry in entries)
            await Ledger.AddAsync(entry, None);
        AgentId[] two = [AgentId.Parse("a0"), AgentId.Parse("a2")];
        var wanted = entries.Where(entry => string.CompareOrdinal(entry.Day, "2026-03-03") >= 0 && string.CompareOrdinal(entry.Day, "2026-03-07") <= 0).ToList();

        foreach (var (by, key) in new (SpendBy, Func<LedgerEntry, string>)[]
            { (SpendBy.Agent, e => e.Agent.Value), (SpendBy.Source, e => e.Source), (SpendBy.Model, e => e.ModelUsed), (SpendBy.Day, e => e.Day) })
        {
            Assert.Equal(Sums(wanted, key), await Ledger.SpendAsync(by, "2026-03-03", "2026-03-07", null, None));
            Assert.Equal(Sums(wanted.Where(entry => two.Contains(entry.Agent)), key), await Ledger.SpendAsync(by, "2026-03-03", "2026-03-07", two, None));
        }
        Assert.Equal(Sums(wanted, _ => "").Single(), await Ledger.TotalAsync("2026-03-03", "2026-03-07", null, None));
        Assert.Equal(Sums(wanted.Where(entry => entry.Agent.Value == "a1"), _ => "").Single(), await Ledger.TotalAsync("2026-03-03", "2026-03-07", AgentId.Parse("a1"), None));
        Assert.Equal(new SpendRow("", 0, 0, 0, 0, 0, 0, 0), await Ledger.TotalAsync("2020-01-01", "2020-01-02", null, None));
    }

    [Fact]
    public async Task AddAsync_ManyAtOnce_LosesNothingOfTheSum()
    {
        var other = Backend.HasNodes ? new LedgerStore(await Backend.OpenAsync(Clock)) : Ledger;

        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Task.Run(() => (n % 2 == 0 ? Ledger : other).AddAsync(Entry(), None))));

        var total = await Ledger.TotalAsync("2026-03-01", "2026-03-01", null, None);
        Assert.Equal((60L, 60 * 0.001m), (total.Calls, total.CostUsd));
    }

    [Fact]
    public async Task KeySpendAsync_IsOfOneKeyAndOneDay()
    {
        await Ledger.AddAsync(Entry() with { Key = "key_a" }, None);
        await Ledger.AddAsync(Entry() with { Key = "key_a", CostUsd = 0.0000005m }, None);
        await Ledger.AddAsync(Entry() with { Key = "key_a", CostUsd = null }, None);
        await Ledger.AddAsync(Entry() with { Key = "key_a", Day = "2026-03-02" }, None);
        await Ledger.AddAsync(Entry() with { Key = "key_b" }, None);
        await Ledger.AddAsync(Entry(), None);

        Assert.Equal(0.0010005m, await Ledger.KeySpendAsync("key_a", "2026-03-01", None));
        Assert.Equal(0, await Ledger.KeySpendAsync("key_c", "2026-03-01", None));
        Assert.Equal(new Dictionary<string, decimal> { ["key_a"] = 0.0010005m, ["key_b"] = 0.001m }, await Ledger.KeySpendsAsync("2026-03-01", None));
    }

    [Fact]
    public async Task EntriesAsync_Pages_GiveEachEntryOnceNewestFirst()
    {
        for (var n = 0; n < 5; n++)
            await Ledger.AddAsync(Entry() with { InputTokens = n, Agent = AgentId.Parse(n < 4 ? "a" : "b") }, None);

        var first = await Ledger.EntriesAsync([AgentId.Parse("a")], null, null, 3, None);
        var second = await Ledger.EntriesAsync([AgentId.Parse("a")], null, first.Next, 3, None);

        Assert.Equal([3L, 2L, 1L, 0L], first.Items.Concat(second.Items).Select(entry => entry.InputTokens));
        Assert.Null(second.Next);
        Assert.Equal(5, (await Ledger.EntriesAsync(null, null, null, 10, None)).Items.Count);
        Assert.Empty((await Ledger.EntriesAsync([], null, null, 10, None)).Items);
    }

    private static IEnumerable<SpendRow> Sums(IEnumerable<LedgerEntry> entries, Func<LedgerEntry, string> key)
        => entries.GroupBy(key).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new SpendRow(group.Key, group.Count(), group.Sum(e => e.InputTokens),
            group.Sum(e => e.CachedInputTokens), group.Sum(e => e.OutputTokens), group.Sum(e => e.CostUsd ?? 0), group.Count(e => e.CostUsd is null),
            group.Sum(e => e.PrimaryCostUsd ?? e.CostUsd ?? 0)));

    private LedgerEntry Entry() => new()
    {
        At = Clock.Now,
        Day = "2026-03-01",
        Agent = AgentId.Main,
        Source = "cron",
        RunId = "run_1",
        ModelAsked = "p/asked",
        ModelUsed = "p/used",
        InputTokens = 10,
        OutputTokens = 5,
        CostUsd = 0.001m,
    };
}

public sealed class SqliteLedgerStoreTests : LedgerStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresLedgerStoreTests : LedgerStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
