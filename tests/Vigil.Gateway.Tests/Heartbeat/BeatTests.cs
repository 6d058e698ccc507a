using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

public sealed class BeatTests
{
    [Fact]
    public async Task H50_TheRequest_StatesWeekdayDateTimeAndZone()
    {
        await using var bed = await BeatBed.StartAsync();
        await bed.BeatAsync();
        Assert.Matches(@"It is Monday, 2026-03-02 \d\d:\d\d \(Europe/Berlin, UTC\+01:00\)", BeatBed.TextOf(bed.Requests[0]));
    }

    [Fact]
    public async Task H51_SaidBefore_IsListedInTheNextPrompt()
    {
        await using var bed = await BeatBed.StartAsync();
        bed.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "The rent is due on Friday." });
        bed.Client.Enqueue("Told.");
        var spoke = await bed.BeatAsync();
        await bed.BeatAsync();

        Assert.Equal(Outcome.Spoke, spoke.Outcome);
        Assert.Matches("(?s)What you told the person lately.*The rent is due on Friday.", BeatBed.TextOf(bed.Requests[^1]));
    }

    [Fact]
    public async Task H52_TwoBeatsWithNothingChanged_TheLeadingPartIsIdentical()
    {
        await using var bed = await BeatBed.StartAsync();
        await bed.BeatAsync();
        await bed.BeatAsync();

        var (one, two) = (BeatBed.TextOf(bed.Requests[0]), BeatBed.TextOf(bed.Requests[1]));
        var same = one.Zip(two).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(same > one.IndexOf("[It is", StringComparison.Ordinal), "something before the time differs");
        Assert.Equal(Tools(bed, 0), Tools(bed, 1));
    }

    [Fact]
    public async Task H53_ContextModes_TailConversationAndNothing()
    {
        foreach (var (mode, least, most) in new[] { ("light", 1, 12), ("main", 100, 400), ("isolated", 0, 0) })
        {
            await using var bed = await BeatBed.StartAsync($$""" "every": "30m", "context": "{{mode}}" """);
            for (var i = 0; i < 100; i++)
            {
                await bed.Get<ISessionStore>().AppendAsync(SessionKey.Main(bed.Agent),
                [
                    new NewSessionMessage(bed.Clock.GetUtcNow().AddHours(-5), new ChatMessage(ChatRole.User, $"Question {i}: {new string('x', 200)}")) { ByPerson = true },
                    new NewSessionMessage(bed.Clock.GetUtcNow().AddHours(-5), new ChatMessage(ChatRole.Assistant, $"Answer {i}: {new string('y', 200)}")),
                ], CancellationToken.None);
            }
            await bed.BeatAsync();
            var carried = bed.Requests[0].Messages.Count(message => message.Text.StartsWith("Question", StringComparison.Ordinal) || message.Text.StartsWith("Answer", StringComparison.Ordinal));
            Assert.InRange(carried, least, most);
        }
    }

    [Fact]
    public async Task H55_ThePromptAsShipped_TeachesTheToolAndNamesNoProtocol()
    {
        await using var bed = await BeatBed.StartAsync();
        await bed.BeatAsync();
        var text = BeatBed.TextOf(bed.Requests[0]);
        Assert.Contains("notify_user", text);
        Assert.Contains("notify_user", Tools(bed, 0));
        Assert.DoesNotContain("HEARTBEAT_OK", text);
        Assert.DoesNotContain("NO_REPLY", text);
    }

    [Fact]
    public async Task ADefaultIdleBeat_StarterWorkspace_StaysWithin1200Tokens()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "# Heartbeat\n\n- [every 30m] Is anything urgent in inbox.md?\n- Look at today's plan in plan.md; remind me of what is due.\n");
        await bed.BeatAsync();

        var request = bed.Requests[0];
        var tools = request.Options!.Tools!.OfType<AIFunctionDeclaration>().Sum(tool => tool.Name.Length + tool.Description.Length + tool.JsonSchema.GetRawText().Length + 40);
        var characters = BeatBed.TextOf(request).Length + tools;
        Assert.InRange(characters / 4, 100, 1200);
    }

    [Fact]
    public async Task H56_HeartbeatModelAlone_BeatsUseItAndChatsTheirOwn()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "model": "anthropic/claude-haiku-4.5" """);
        bed.Client.EnqueueCall("follow_up", new Dictionary<string, object?> { ["when"] = "in 9h", ["about"] = "x" });
        var last = new TaskCompletionSource<string>();
        bed.Client.EnqueueWhen(last.Task);
        var next = await bed.NextAsync();
        bed.Clock.AdvanceTo(next);
        await bed.PulseAsync();
        await bed.Client.NextAsync();
        await bed.Client.NextAsync();
        await bed.Get<ChatTurns>().RunAsync(new ChatRequest { Agent = bed.Agent, Session = SessionKey.For(bed.Agent, "api", "c"), Input = [new ChatMessage(ChatRole.User, "Hi")] },
            NoObserver.Instance, CancellationToken.None);
        last.SetResult("Done.");
        await bed.SettleAsync();

        var byModel = bed.Requests.GroupBy(request => BeatBed.TextOf(request).Contains("Heartbeat. Look at", StringComparison.Ordinal)).ToDictionary(group => group.Key, group => group.Select(request => request.Model).Distinct().ToList());
        Assert.Equal(["claude-haiku-4.5"], byModel[true]);
        Assert.Equal(["gpt-5.4"], byModel[false]);
    }

    [Fact]
    public async Task H57_ModelInAgentJson_WinsForThatAgent()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "model": "anthropic/claude-haiku-4.5" """, agent: """{ "heartbeat": { "model": "openai/gpt-5-nano" } }""");
        bed.Get<IAgentRegistry>().Add(AgentId.Parse("other"));
        bed.Checklist("- Look\n", AgentId.Parse("other"));
        await bed.AtAsync(bed.Clock.GetUtcNow().AddSeconds(30));
        await bed.AtAsync(bed.Clock.GetUtcNow().AddHours(1));

        Assert.All(await bed.WorksAsync(bed.Agent), work => Assert.Equal("openai/gpt-5-nano", work.Usage.ModelAsked));
        Assert.All(await bed.WorksAsync(AgentId.Parse("other")), work => Assert.Equal("anthropic/claude-haiku-4.5", work.Usage.ModelAsked));
    }

    [Fact]
    public async Task H59_H60_Escalate_OnceAWorkWithFindingsAndLimitedADay()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "model": "openai/gpt-5-nano", "escalate": "openai/gpt-5", "escalatePerDay": 1 """);
        bed.Client.EnqueueCall("escalate", new Dictionary<string, object?> { ["reason"] = "Two mails contradict each other" });
        bed.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "Answer the second mail." });
        bed.Client.Enqueue("Done.");
        var work = await bed.BeatAsync();

        Assert.Equal(Outcome.Spoke, work.Outcome);
        Assert.Equal(["gpt-5-nano", "gpt-5", "gpt-5"], bed.Requests.Select(request => request.Model));
        Assert.Contains("Two mails contradict each other", BeatBed.TextOf(bed.Requests[1]));
        Assert.Contains("escalate", Tools(bed, 0));
        Assert.DoesNotContain("escalate", Tools(bed, 1));
        var ledger = await bed.Get<ILedger>().EntriesAsync(null, work.Id, null, 10, CancellationToken.None);
        Assert.Equal(3, ledger.Items.Count);
        Assert.All(ledger.Items, entry => Assert.NotNull(entry.CostUsd));

        await bed.BeatAsync();
        Assert.DoesNotContain("escalate", Tools(bed, 3));
    }

    [Fact]
    public async Task H60_WithoutTheSetting_NoWayToAsk()
    {
        await using var bed = await BeatBed.StartAsync();
        await bed.BeatAsync();
        Assert.DoesNotContain("escalate", Tools(bed, 0));
        Assert.DoesNotContain("escalate", BeatBed.TextOf(bed.Requests[0]));
    }

    [Theory]
    [InlineData("HEARTBEAT_OK")]
    [InlineData("  NO_REPLY \n")]
    [InlineData("All quiet today.")]
    public async Task H66_H67_SilentBeats_LeaveNothing(string reply)
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "context": "main" """);
        bed.Client.Answer = _ => [new TextContent(reply)];
        for (var i = 0; i < 3; i++)
            Assert.Equal((Outcome.Silent, Reasons.Ack), await OutcomeAsync(bed));

        Assert.Empty(await bed.InboxAsync());
        Assert.Empty(await bed.Get<ISessionStore>().ReadAsync(SessionKey.Main(bed.Agent), 0, 100, CancellationToken.None));
        Assert.DoesNotContain(reply.Trim(), BeatBed.TextOf(bed.Requests[^1]));
    }

    [Fact]
    public async Task H68_H70_ABeatThatSpoke_LeavesTheNotificationOnceAndIsNoActivityOfAPerson()
    {
        await using var bed = await BeatBed.StartAsync();
        bed.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "The rent is due." });
        bed.Client.Enqueue("Told.");
        await bed.BeatAsync();

        var session = SessionKey.Main(bed.Agent);
        var messages = await bed.Get<ISessionStore>().ReadAsync(session, 0, 100, CancellationToken.None);
        Assert.Equal(["The rent is due."], messages.Select(message => message.Message.Text));
        Assert.Null((await bed.Get<ISessionStore>().GetAsync(session, CancellationToken.None))!.PersonAt);
    }

    [Fact]
    public async Task ABA_AcrossARestart_IsSaidOnceEach()
    {
        await using var bed = await BeatBed.StartAsync();
        foreach (var text in new[] { "A has happened.", "B has happened.", "A has happened." })
        {
            bed.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = text });
            bed.Client.Enqueue("Told.");
            await bed.BeatAsync();
            await bed.RestartAsync();
        }
        Assert.Equal((Outcome.Silent, Reasons.Duplicate), ((await bed.LastAsync()).Outcome, (await bed.LastAsync()).Reason));
        Assert.Equal(2, (await bed.InboxAsync()).Count(one => one.State == NotificationState.Posted));
    }

    [Fact]
    public async Task H76_Plan_ListsSlotsChecksAndFindingsAndAsksNobody()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [every 4h] Look\n- Ask (every soon)\n", agent: """{ "probes": { "mail": { "kind": "nonsense" } } }""");
        await bed.PulseAsync();

        var plan = await bed.Get<Heartbeats>().PlanAsync(bed.Profile, CancellationToken.None);

        Assert.Equal(5, plan.Slots.Count);
        Assert.Equal(await bed.NextAsync(), plan.Slots[0].At);
        Assert.Equal([1, 2], plan.Checks.Select(check => check.Line));
        Assert.Equal(plan.Slots[0].At, plan.Checks[0].NextDue);
        Assert.Contains(plan.Findings, finding => finding.StartsWith("HEARTBEAT.md:2", StringComparison.Ordinal));
        Assert.Contains(plan.Findings, finding => finding.Contains("mail", StringComparison.Ordinal));
        Assert.Empty(bed.Requests);
    }

    private static async Task<(Outcome?, string?)> OutcomeAsync(BeatBed bed)
    {
        var work = await bed.BeatAsync();
        return (work.Outcome, work.Reason);
    }

    private static List<string> Tools(BeatBed bed, int request) => [.. bed.Requests[request].Options!.Tools!.Select(tool => tool.Name)];

    private sealed class NoObserver : ITurnObserver
    {
        public static NoObserver Instance { get; } = new();
    }
}
