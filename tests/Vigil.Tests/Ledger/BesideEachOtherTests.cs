using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Tests.Tools.Mcp;

namespace Vigil.Tests.Ledger;

/// <summary>Calls that are judged while none of them is in the ledger yet.</summary>
public sealed class BesideEachOtherTests
{
    private const string Model = "openai/gpt-5.4";

    private readonly SlowLedger _ledger = new();
    private readonly PriceList _prices = new(new FakeSettings());

    [Fact]
    public async Task H61_TwoCallsAtOneMomentUnderABudgetForOne_OneIsMade()
    {
        using var guard = new BudgetGuard(_ledger, _prices, new FakeSettings(), TimeProvider.System);
        var profile = Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 1_500 } } };
        var first = guard.ReserveAsync(profile, Model, 500, 500, default);
        var second = guard.ReserveAsync(profile, Model, 500, 500, default);
        _ledger.Answer();

        var (made, refused) = (await first, await second);
        Assert.Equal((Model, null), (made.Model, refused.Model));
        Assert.Equal(BudgetAction.Stop, refused.Verdict.Action);
        made.Held!.Dispose();
        Assert.Equal(Model, (await guard.ReserveAsync(profile, Model, 500, 500, default)).Model);
    }

    [Fact]
    public async Task TwoCallsOfAKeyAtOneMomentUnderALimitForOne_OneIsMade()
    {
        // Ten dollars for a million tokens of output: a call may cost a cent.
        using var budget = new KeyBudget(new OneKey(0.015m), _ledger, _prices, TimeProvider.System);
        var run = new RunContext { Profile = Profile, Session = SessionKey.Main(AgentId.Main), RunId = "run_1", Source = "chat", Key = "key_1" };
        var call = new ModelCall(run, new ModelChoice(ModelName.Parse(Model), "default", []), [], new ChatOptions { MaxOutputTokens = 1_000 });
        var first = budget.ReserveAsync(call, _ => 0, default);
        var second = budget.ReserveAsync(call, _ => 0, default);
        _ledger.Answer();

        Assert.NotNull(await first);
        Assert.Equal(KeyBudget.ExceededCode, (await Assert.ThrowsAsync<FaultException>(() => second)).Fault.Code);
    }

    private static AgentProfile Profile => new() { Id = AgentId.Main, Timezone = "UTC" };

    /// <summary>Nothing was spent, and it takes a while to find that out.</summary>
    private sealed class SlowLedger : ILedger
    {
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Answer() => _answer.SetResult();

        public async Task<SpendRow> TotalAsync(string fromDay, string toDay, AgentId? agent, CancellationToken cancellationToken)
        {
            await _answer.Task;
            return new SpendRow("", 0, 0, 0, 0, 0, 0, 0);
        }

        public async Task<decimal> KeySpendAsync(string key, string day, CancellationToken cancellationToken)
        {
            await _answer.Task;
            return 0;
        }

        public Task AddAsync(LedgerEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<SpendRow>> SpendAsync(SpendBy by, string fromDay, string toDay, IReadOnlyCollection<AgentId>? agents, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyDictionary<string, decimal>> KeySpendsAsync(string day, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Page<LedgerEntry>> EntriesAsync(IReadOnlyCollection<AgentId>? agents, string? workId, string? after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class OneKey(decimal limit) : IKeyStore
    {
        public ValueTask<decimal?> SpendPerDayAsync(string family, CancellationToken cancellationToken) => ValueTask.FromResult<decimal?>(limit);

        public Task<IssuedKey> AddAsync(NewApiKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ApiKey> EnsureAsync(string plaintext, NewApiKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<ApiKey?> LiveAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<ApiKey?> FindAsync(string plaintext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IssuedKey?> RotateAsync(string id, TimeSpan overlap, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> RevokeAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
