using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Testing.Models;
using Vigil.Tests.Tools.Mcp;

namespace Vigil.Tests.Ledger;

/// <summary>What is held for a call, from before it until its end.</summary>
public sealed class HeldCallTests
{
    private readonly ListedHolds _holds = new();
    private readonly FakeSettings _settings = new();
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
    public async Task H61_CallAsync_Budget_IsHeldUntilTheLedgerHasIt()
    {
        var profile = Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 1_500 } } };
        var first = await Caller(null).CallAsync(Call(profile), null, default);

        // Not yet in the ledger, so still held.
        var refused = await Assert.ThrowsAsync<FaultException>(() => Caller(null).CallAsync(Call(profile), null, default));
        Assert.Equal("budget_exceeded", refused.Fault.Code);
        Assert.Equal(first.Hold, Assert.Single(_holds.Ids));
        Assert.Equal(["agent:main"], _holds.Open[0].Scopes.Select(scope => scope.Name));
    }

    [Fact]
    public async Task CallAsync_BudgetAndKey_OneIdIsHeldForBoth()
    {
        var profile = Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 10_000 } } };
        var reply = await Caller(0.015m).CallAsync(Call(profile, "key_1"), null, default);

        Assert.Equal(["agent:main", "key:key_1"], _holds.Open.SelectMany(hold => hold.Scopes).Select(scope => scope.Name));
        Assert.All(_holds.Ids, id => Assert.Equal(reply.Hold, id));
        // Ten dollars for a million tokens of output: a call may cost a cent.
        var refused = await Assert.ThrowsAsync<FaultException>(() => Caller(0.015m).CallAsync(Call(profile, "key_1"), null, default));
        Assert.Equal(KeyBudget.ExceededCode, refused.Fault.Code);
        Assert.Equal(2, _holds.Open.Count);
    }

    [Fact]
    public async Task CallAsync_ModelFails_NothingStaysHeld()
    {
        _client.Answer = _ => throw new InvalidOperationException("gone");
        var profile = Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 10_000 } } };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Caller(1).CallAsync(Call(profile, "key_1"), null, default));
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
        var profile = Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 10_000 } } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Caller(null).CallAsync(Call(profile), null, cancel.Token));
        Assert.Equal((1, 0), (_holds.Asked, _holds.Open.Count));
    }

    [Fact]
    public async Task CallAsync_StoreIsGoneWhenTheCallFails_TheCallersErrorIsThatOfTheCall()
    {
        _client.Answer = _ => throw new InvalidOperationException("gone");
        _holds.Broken = true;
        var profile = Profile with { Budget = new BudgetSettings { Daily = new BudgetLimit { Tokens = 10_000 } } };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Caller(null).CallAsync(Call(profile), null, default));
    }

    private static AgentProfile Profile => new() { Id = AgentId.Main, Timezone = "UTC" };

    private static ModelCall Call(AgentProfile profile, string? key = null)
        => new(new RunContext { Profile = profile, Session = SessionKey.Main(AgentId.Main), RunId = "run_1", Source = "chat", Key = key },
            new ModelChoice(ModelName.Parse("openai/gpt-5.4"), "default", []), [new ChatMessage(ChatRole.User, "Hello")], new ChatOptions { MaxOutputTokens = 1_000 });

    private BudgetedModelCaller Caller(decimal? keyLimit)
    {
        var prices = new PriceList(_settings);
        return new BudgetedModelCaller(new ScriptedModelCaller(_client), new BudgetGuard(_holds, prices, _settings, TimeProvider.System),
            new KeyBudget(new OneKey(keyLimit), _holds, prices, TimeProvider.System), _holds, new BudgetNotices(new NoNotifications(), null!, _settings, TimeProvider.System),
            TimeProvider.System, NullLogger<BudgetedModelCaller>.Instance);
    }
}
