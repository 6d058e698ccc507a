using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Ledger;
using Vigil.Sessions;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

public sealed class BudgetTests
{
    // 4,096 tokens out at the default model are 0.041 USD: a worst case of about 0.043 a beat.
    private static string Budget(string budget) => $$""" "budget": { {{budget}} } """;

    [Fact]
    public async Task H61_H63_TheNextCallCouldExceed_SkippedOneEventOneNoticeUntilTheNextLocalDay()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "2h" """, "2026-03-02T05:00:00Z", Budget(""" "daily": { "usd": 0.065 } """));
        bed.Client.Usage = new UsageDetails { InputTokenCount = 2_000, OutputTokenCount = 1_500 };
        var outcomes = new List<(Outcome?, string?)>();
        while (bed.Clock.GetUtcNow() < DateTimeOffset.Parse("2026-03-02T21:00:00Z", null))
        {
            var work = await bed.BeatAsync();
            outcomes.Add((work.Outcome, work.Reason));
            await bed.RestartAsync();
        }
        var asked = bed.Requests.Count;
        Assert.Equal(2, asked);
        Assert.All(outcomes.Skip(2), outcome => Assert.Equal((Outcome.Skipped, Reasons.Budget), outcome));
        Assert.Single(await bed.EventsAsync("budget.exceeded"));
        var notice = Assert.Single(await bed.InboxAsync()).Text;
        Assert.Contains("0.065 USD a day of the whole gateway", notice);
        // In the time of whoever reads it.
        Assert.Contains("until Tue 2026-03-03 00:00 +01:00 (Europe/Berlin)", notice);

        // In Berlin the next day begins at 23:00 UTC.
        while (bed.Clock.GetUtcNow() < DateTimeOffset.Parse("2026-03-02T23:00:00Z", null))
            await bed.BeatAsync();
        Assert.Equal(Outcome.Silent, (await bed.LastAsync()).Outcome);
    }

    [Fact]
    public async Task CallsThatEnded_BeatsAndChats_NothingOfThemIsHeldAnyMore()
    {
        await using var bed = await BeatBed.StartAsync(rest: Budget(""" "daily": { "usd": 5 } """));
        bed.Client.Usage = new UsageDetails { InputTokenCount = 2_000, OutputTokenCount = 1_500 };
        SpendLook gateway = new(SpendScope.Gateway, "2026-01-01", "2026-12-31");
        var whileItRan = new List<Spending>();
        bed.Client.Answer = _ =>
        {
            // The store answers at once: it is SQLite.
            whileItRan.Add(bed.Get<IBudgetHolds>().LookAsync([gateway], CancellationToken.None).GetAwaiter().GetResult()[0]);
            return [new TextContent("All quiet.")];
        };

        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        var chat = await bed.Get<ChatTurns>().RunAsync(new ChatRequest { Agent = bed.Agent, Session = SessionKey.Main(bed.Agent), Input = [new ChatMessage(ChatRole.User, "Hello")] }, new NoObserver(), default);
        Assert.Equal(TurnEnd.Replied, chat.Turn.End);
        Assert.Equal(TurnEnd.Replied, (await bed.Get<ChatTurns>().RunAsync(new ChatRequest { Agent = bed.Agent, Input = [new ChatMessage(ChatRole.User, "Hello")] }, new NoObserver(), default)).Turn.End);

        Assert.Equal(3, whileItRan.Count);
        Assert.Equal([0, 3_500, 7_000], whileItRan.Select(spending => spending.Tokens));
        Assert.All(whileItRan, spending => Assert.InRange(spending.HeldTokens, BudgetGuard.MaxOutput + 1, 2 * BudgetGuard.MaxOutput));
        Assert.Equal(new Spending(3 * 0.0175m, 3 * 3_500, 0, 0), (await bed.Get<IBudgetHolds>().LookAsync([gateway], CancellationToken.None))[0]);
    }

    [Fact]
    public async Task H62_Cheapest_TheCheapestIsUsedAndAskedUsedAndReasonAreVisible()
    {
        await using var bed = await BeatBed.StartAsync(rest: Budget(""" "daily": { "usd": 0.001 }, "onExceeded": "cheapest" """),
            agent: """{ "fallbacks": ["openai/gpt-5-nano", "unheard/of"], "providers": { "unheard": { "kind": "openai", "baseUrl": "http://127.0.0.1:1" } } }""");

        var work = await bed.BeatAsync();

        Assert.Equal(Outcome.Silent, work.Outcome);
        Assert.Equal("gpt-5-nano", Assert.Single(bed.Requests).Model);
        Assert.Equal(("openai/gpt-5.4", "openai/gpt-5-nano"), (work.Usage.ModelAsked, work.Usage.ModelUsed));
        Assert.Contains(work.Gates, gate => gate is { Gate: "budget", Reason: Reasons.Budget });
        Assert.Single(await bed.EventsAsync("budget.exceeded"));
    }

    [Fact]
    public async Task HardCap_AboveCheapest_Stops()
    {
        await using var bed = await BeatBed.StartAsync(rest: Budget(""" "daily": { "usd": 0.001 }, "hardDaily": { "usd": 0.002 }, "onExceeded": "cheapest" """));
        var work = await bed.BeatAsync();
        Assert.Equal((Outcome.Skipped, Reasons.Budget), (work.Outcome, work.Reason));
        Assert.Empty(bed.Requests);
    }

    [Fact]
    public async Task H64_OneAgentUsedItsOwn_TheOtherBeats()
    {
        await using var bed = await BeatBed.StartAsync(agent: """{ "budget": { "daily": { "tokens": 100 } } }""");
        bed.Get<IAgentRegistry>().Add(AgentId.Parse("other"));
        bed.Checklist("- Look\n", AgentId.Parse("other"));
        await bed.AtAsync(bed.Clock.GetUtcNow().AddSeconds(30));
        await bed.AtAsync(bed.Clock.GetUtcNow().AddHours(1));

        Assert.All(await bed.WorksAsync(bed.Agent), work => Assert.Equal(Reasons.Budget, work.Reason));
        Assert.All(await bed.WorksAsync(AgentId.Parse("other")), work => Assert.Equal(Outcome.Silent, work.Outcome));
        Assert.NotEmpty(bed.Requests);
    }

    [Fact]
    public async Task H65_UnknownPrice_WarnedShownAsUnknownAndNeverTheCheapest()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "model": "openai/never-heard-of" """, rest: Budget(""" "daily": { "usd": 1 } """));
        await bed.BeatAsync();
        await bed.BeatAsync();

        Assert.Single(await bed.EventsAsync("budget.unpriced"));
        Assert.Null((await bed.LastAsync()).Usage.CostUsd);
        Assert.Equal(2, (await bed.Get<ILedger>().TotalAsync("2026-01-01", "2026-12-31", null, CancellationToken.None)).UnknownCalls);
    }

    [Fact]
    public async Task AChat_BeyondTheBudget_IsRefusedWithAFault()
    {
        await using var bed = await BeatBed.StartAsync(rest: Budget(""" "daily": { "tokens": 50 } """));
        var refused = await Assert.ThrowsAsync<FaultException>(() => bed.Get<ChatTurns>().RunAsync(
            new ChatRequest { Agent = bed.Agent, Input = [new ChatMessage(ChatRole.User, "Hi")] }, new NoObserver(), CancellationToken.None));
        Assert.Equal(("budget_exceeded", FaultKind.TooMany), (refused.Fault.Code, refused.Fault.Kind));
        Assert.Empty(bed.Requests);
    }

    [Fact]
    public async Task AWeek_DefaultAgainstEveryBeatOnThePrimaryModelWithTheWholeConversation_AtLeast98PercentLower()
    {
        const int WholeConversation = 12_000;
        const decimal PrimaryInput = 1.25m, PrimaryOutput = 10m;
        await using var bed = await BeatBed.StartAsync(
            """ "every": "30m", "model": "openai/gpt-5-nano", "activeHours": { "start": "07:00", "end": "23:00" } """, "2026-03-02T00:00:00Z",
            checklist: "- [probe inbox] Is anything urgent in the inbox?\n- [3x/day, probe calendar] Does the next appointment need anything?\n- [every 1d] Is there anything that I should know today?\n",
            agent: """{ "probes": { "inbox": { "kind": "file", "path": "inbox.md" }, "calendar": { "kind": "file", "path": "calendar.md" } } }""");
        var workspace = bed.Home.Workspace(bed.Agent);
        await File.WriteAllTextAsync(Path.Combine(workspace, "inbox.md"), "nothing");
        await File.WriteAllTextAsync(Path.Combine(workspace, "calendar.md"), "nothing");
        bed.Client.Usage = new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 60 };
        var slot = await bed.NextAsync();
        for (var beat = 0; beat < 336; beat++, slot = slot.AddMinutes(30))
        {
            // Two mails a day and an appointment every second day.
            if (beat % 24 == 20)
                await File.WriteAllTextAsync(Path.Combine(workspace, "inbox.md"), $"mail {beat}");
            if (beat % 96 == 18)
                await File.WriteAllTextAsync(Path.Combine(workspace, "calendar.md"), $"appointment {beat}");
            await bed.AtAsync(slot);
        }

        Assert.Equal(336, (await bed.WorksAsync()).Count);
        var ours = (await bed.Get<ILedger>().TotalAsync("2026-01-01", "2026-12-31", null, CancellationToken.None)).CostUsd;
        var theirs = 336 * ((WholeConversation * PrimaryInput) + (60 * PrimaryOutput)) / 1_000_000m;
        var saved = await bed.Get<SavingsEstimate>().OfAsync("2026-03-01", "2026-03-31", null, CancellationToken.None);
        Console.WriteLine($"A week of 336 beats: {ours:0.0000} USD with Vigil's default ({bed.Requests.Count} asked a model), {theirs:0.0000} USD with every beat on the primary model and the whole conversation.");
        Assert.True(ours > 0);
        Assert.InRange(1 - (ours / theirs), 0.98m, 1m);
        Assert.Equal(336 - bed.Requests.Count, saved.SkippedBeats);
        Assert.True(saved.TieringUsd > 0 && saved.SkippingUsd > 0);
    }

    private sealed class NoObserver : ITurnObserver;
}
