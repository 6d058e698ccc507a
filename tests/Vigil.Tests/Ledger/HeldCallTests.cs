using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Testing;
using Vigil.Testing.Models;
using Vigil.Tests.Tools.Mcp;

namespace Vigil.Tests.Ledger;

/// <summary>What is held for a call, from before it until its end.</summary>
public sealed class HeldCallTests
{
    private readonly ListedHolds _holds = new();
    private readonly FakeSettings _settings = new();
    private readonly PostedNotices _notices = new();
    private readonly VirtualClock _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ScriptedChatClient _client = new() { Answer = _ => [new TextContent("Done.")] };

    [Fact]
    public async Task CallAsync_NoBudgetAndNoKey_AsksTheStoreNothing()
    {
        Assert.Null((await Caller(null).CallAsync(Call(Profile), null, default)).Hold);
        Assert.Equal(0, _holds.Asked);
    }

    [Fact]
    public async Task CallAsync_KeyWithoutALimit_AsksTheStoreNothing()
    {
        Assert.Null((await Caller(null).CallAsync(Call(Profile, "key_1"), null, default)).Hold);
        Assert.Equal(0, _holds.Asked);
    }

    [Fact]
    public async Task CallAsync_BudgetAndKey_OneIdIsHeldForBothUntilTheLedgerHasIt()
    {
        var reply = await Caller(1).CallAsync(Call(WithTokens(10_000), "key_1"), null, default);

        Assert.Equal(["agent:main", "key:key_1"], _holds.Open.SelectMany(hold => hold.Scopes).Select(scope => scope.Name));
        Assert.All(_holds.Ids, id => Assert.Equal(reply.Hold, id));
    }

    [Fact]
    public async Task H61_CallAsync_SpentLeavesNoRoom_IsRefusedAtOnceWithOneNotice()
    {
        _holds.Spent = new Spending(0, 600, 0, 0);
        for (var n = 0; n < 2; n++)
        {
            var refused = await Assert.ThrowsAsync<FaultException>(() => Caller(null).CallAsync(Call(WithTokens(1_500)), null, default));
            Assert.Contains("used up", refused.Fault.Message, StringComparison.Ordinal);
        }
        Assert.Single(_notices.Ids.Distinct());
        Assert.Empty(_holds.Open);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key_1")]
    public async Task CallAsync_OnlyRunningCallsTakeTheRoom_WaitsForTheirEndWithoutANotice(string? key)
    {
        // Room for one call of 1,000 tokens, or of one cent.
        var call = Call(key is null ? WithTokens(1_500) : Profile, key);
        var first = await Caller(0.015m).CallAsync(call, null, default);
        var second = Caller(0.015m).CallAsync(call, null, default);
        await AdvanceAsync(TimeSpan.FromSeconds(20), second);
        Assert.False(second.IsCompleted);

        await _holds.ReleaseAsync(first.Hold!, default);
        await AdvanceAsync(TimeSpan.FromSeconds(2), second);

        Assert.NotEqual(first.Hold, (await second).Hold);
        Assert.Empty(_notices.Ids);
    }

    [Theory]
    [InlineData(null, "budget_exceeded")]
    [InlineData("key_1", KeyBudget.ExceededCode)]
    public async Task CallAsync_RunningCallsDoNotEnd_SaysSoAfterAMinuteWithoutANotice(string? key, string code)
    {
        var call = Call(key is null ? WithTokens(1_500) : Profile, key);
        await Caller(0.015m).CallAsync(call, null, default);
        var second = Caller(0.015m).CallAsync(call, null, default);
        await AdvanceAsync(Room.WaitedFor + TimeSpan.FromSeconds(1), second);

        var refused = await Assert.ThrowsAsync<FaultException>(() => second);
        Assert.Equal(code, refused.Fault.Code);
        Assert.Contains("run now", refused.Fault.Message, StringComparison.Ordinal);
        Assert.Equal(Room.WaitedFor, refused.RetryAfter);
        Assert.Empty(_notices.Ids);
    }

    [Fact]
    public async Task CallAsync_OnlyRunningCallsTakeTheRoomOfAWarning_IsMadeWithoutANotice()
    {
        var profile = WithTokens(1_500) with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 1_500 }, OnExceeded = BudgetAction.Warn } };
        await Caller(null).CallAsync(Call(profile), null, default);
        await Caller(null).CallAsync(Call(profile), null, default);
        Assert.Equal((2, 0), (_holds.Open.Count, _notices.Ids.Count));
    }

    [Fact]
    public async Task CallAsync_ModelFails_NothingStaysHeld()
    {
        _client.Answer = _ => throw new InvalidOperationException("gone");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Caller(1).CallAsync(Call(WithTokens(10_000), "key_1"), null, default));
        Assert.Equal((2, 0), (_holds.Asked, _holds.Open.Count));
    }

    [Fact]
    public async Task CallAsync_CancelledWhileItRuns_NothingStaysHeld()
    {
        using var cancel = new CancellationTokenSource();
        _client.Answer = _ =>
        {
            cancel.Cancel();
            cancel.Token.ThrowIfCancellationRequested();
            return [];
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Caller(null).CallAsync(Call(WithTokens(10_000)), null, cancel.Token));
        Assert.Equal((1, 0), (_holds.Asked, _holds.Open.Count));
    }

    [Fact]
    public async Task CallAsync_StoreIsGoneWhenTheCallFails_TheCallersErrorIsThatOfTheCall()
    {
        _client.Answer = _ => throw new InvalidOperationException("gone");
        _holds.Broken = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => Caller(null).CallAsync(Call(WithTokens(10_000)), null, default));
    }

    private async Task AdvanceAsync(TimeSpan by, Task waits)
    {
        var until = _clock.GetUtcNow() + by;
        while (_clock.GetUtcNow() < until && await Task.WhenAny(waits, _clock.WaitForTimersAsync(1)) != waits)
            _clock.Advance(TimeSpan.FromSeconds(1));
    }

    private static AgentProfile WithTokens(long tokens) => Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = tokens } } };

    private static AgentProfile Profile => new() { Id = AgentId.Main, Timezone = "UTC" };

    private static ModelCall Call(AgentProfile profile, string? key = null)
        => new(new RunContext { Profile = profile, Session = SessionKey.Main(AgentId.Main), RunId = "run_1", Source = "chat", Key = key },
            new ModelChoice(ModelName.Parse("openai/gpt-5.4"), "default", []), [new ChatMessage(ChatRole.User, "Hello")], new ChatOptions { MaxOutputTokens = 1_000 });

    private BudgetedModelCaller Caller(decimal? keyLimit)
    {
        var prices = new PriceList(_settings);
        return new BudgetedModelCaller(new ScriptedModelCaller(_client), new BudgetGuard(_holds, prices, _settings, _clock),
            new KeyBudget(new OneKey(keyLimit), _holds, prices, _clock), _holds, new BudgetNotices(_notices, null!, _settings, _clock),
            _clock, NullLogger<BudgetedModelCaller>.Instance);
    }
}
