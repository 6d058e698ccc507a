using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.State;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

public abstract class CommitTests : WorkSuite
{
    private static readonly SessionKey Chat = SessionKey.Main(AgentId.Main);

    [Fact]
    public async Task CommitAsync_Everything_IsReadAsWritten()
    {
        var claim = await RunningAsync("wrk_1");
        var run = Start("run_1", await GetAsync("wrk_1"));
        Assert.True(await Runs.BeginAsync(run, claim, None));
        Clock.Now += TimeSpan.FromSeconds(9);

        var result = await Works.CommitAsync(claim, Full(), None);

        Assert.Equal(CommitResult.Written, result);
        var work = await GetAsync("wrk_1");
        Assert.Equal((WorkState.Finished, Outcome.Spoke, "a reply", Now), (work.State, work.Outcome, work.Reply, work.FinishedAt!.Value));
        Assert.Equal(Full().Usage, work.Usage);
        Assert.Equal(Full().Gates, work.Gates);
        Assert.Equal(["ntf_1"], work.Notifications);
        Assert.Equal("spoke", (await Runs.LatestAsync("wrk_1", None))!.State);
        Assert.Equal("The build is red.", (await Notifications.GetAsync("ntf_1", None))!.Text);
        Assert.Single(await Notifications.SaidAsync(AgentId.Main, ["k"], Now.AddDays(-1), None));
        Assert.Single((await Sessions.TailAsync(Chat, 1000, None)).Messages);
        Assert.Equal("1", await State.GetAsync(AgentId.Main, "checks", "inbox", None));
        Assert.Equal(WorkState.Waiting, (await GetAsync("wrk_next")).State);
        Assert.Equal(["work.requested", "work.started", "work.done"], await EventsAsync("wrk_1"));
        Assert.Equal(["work.requested"], await EventsAsync("wrk_next"));
    }

    [Fact]
    public async Task W62_ACommitThatFailsAtItsEnd_LeavesNothing()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        var broken = Full() with { Admit = [Asked("wrk_next"), Asked("wrk_bad") with { Work = Asked("wrk_bad").Work with { Context = (Settings.ContextMode)99 } }] };

        await Assert.ThrowsAnyAsync<Exception>(() => Works.CommitAsync(claim, broken, None));

        Assert.Equal(WorkState.Running, (await GetAsync("wrk_1")).State);
        Assert.Equal("running", (await Runs.LatestAsync("wrk_1", None))!.State);
        foreach (var table in new[] { "work_gates", "notification", "delivery", "said", "session", "session_message", "agent_state" })
            Assert.True(await CountAsync(table) == 0, $"{table} kept a row");
        Assert.Equal(1, await CountAsync("work"));
        Assert.Equal(["work.requested", "work.started"], await EventsAsync());
        Assert.Equal(CommitResult.Written, await Works.CommitAsync(claim, Full(), None));
    }

    [Fact]
    public async Task W19_CommitOfAnAttemptThatWasTakenOver_IsRefusedWhole()
    {
        var old = await RunningAsync("wrk_1");
        await Works.TakeOverAsync(Node, Now, 9, None);
        var newer = Claim((await ClaimAsync(node: "node-2"))[0]);

        Assert.Equal(CommitResult.NotMine, await Works.CommitAsync(old, Full(), None));
        Assert.Equal(0, await CountAsync("notification"));
        Assert.Equal(CommitResult.Written, await Works.CommitAsync(newer, Ended(), None));
        Assert.Equal(CommitResult.NotMine, await Works.CommitAsync(old, Full(), None));
        Assert.Equal(Outcome.Silent, (await GetAsync("wrk_1")).Outcome);
    }

    [Fact]
    public async Task CommitAsync_SameAttemptTwice_TheSecondIsRefused()
    {
        var claim = await RunningAsync("wrk_1");
        await Works.CommitAsync(claim, Ended() with { Events = [Event("work.done", "wrk_1")] }, None);

        Assert.Equal(CommitResult.NotMine, await Works.CommitAsync(claim, Ended(Outcome.Failed) with { Events = [Event("work.error", "wrk_1")] }, None));
        Assert.Equal(["work.requested", "work.done"], await EventsAsync("wrk_1"));
    }

    [Fact]
    public async Task CommitAsync_SameAttemptNumberOfAnotherNode_IsRefused()
    {
        var claim = await RunningAsync("wrk_1");

        Assert.Equal(CommitResult.NotMine, await Works.CommitAsync(claim with { Node = "node-2" }, Ended(), None));
        Assert.Equal(CommitResult.NotMine, await Works.CommitAsync(claim with { WorkId = "wrk_none" }, Ended(), None));
    }

    [Fact]
    public async Task CommitAsync_SomebodySaidItMeanwhile_WritesNothingUntilAsked()
    {
        var first = await RunningAsync("wrk_1");
        var second = await RunningAsync("wrk_2");
        await Works.CommitAsync(first, Ended(Outcome.Spoke) with { Notifications = [Said("ntf_1", "wrk_1")], Reservations = [Reserve("ntf_1")] }, None);
        var repeat = Ended(Outcome.Spoke) with { Notifications = [Said("ntf_2", "wrk_2")], Reservations = [Reserve("ntf_2", "other"), Reserve("ntf_2")], Events = [Event("work.done", "wrk_2")] };

        Assert.Equal(CommitResult.SaidMeanwhile, await Works.CommitAsync(second, repeat, None));
        Assert.Equal((1L, 1L), (await CountAsync("notification"), await CountAsync("said")));
        Assert.Equal(WorkState.Running, (await GetAsync("wrk_2")).State);
        Assert.DoesNotContain("work.done", await EventsAsync("wrk_2"));
        Assert.Equal(CommitResult.Written, await Works.CommitAsync(second, Ended(Outcome.Silent, Reasons.Duplicate), None));
    }

    [Fact]
    public async Task W54_ReservationOlderThanTheWindow_IsReplaced()
    {
        await CommitSaidAsync("wrk_1", "ntf_1");
        Clock.Now += TimeSpan.FromHours(24);
        Assert.Equal(CommitResult.SaidMeanwhile, await CommitSaidAsync("wrk_2", "ntf_2"));

        Clock.Now += TimeSpan.FromMilliseconds(1);

        Assert.Equal(CommitResult.Written, await CommitSaidAsync("wrk_3", "ntf_3"));
        Assert.Equal("ntf_3", Assert.Single(await Notifications.SaidAsync(AgentId.Main, ["k"], Now.AddDays(-2), None)).NotificationId);
    }

    [Fact]
    public async Task W53_TopicThatKnowinglyFollowsAnEarlierOne_ReplacesJustThatOne()
    {
        await CommitSaidAsync("wrk_1", "ntf_1");

        Assert.Equal(CommitResult.SaidMeanwhile, await CommitSaidAsync("wrk_2", "ntf_2", replaces: "ntf_other"));
        Assert.Equal(CommitResult.Written, await CommitSaidAsync("wrk_3", "ntf_3", replaces: "ntf_1"));
        Assert.Equal(CommitResult.SaidMeanwhile, await CommitSaidAsync("wrk_4", "ntf_4", replaces: "ntf_1"));
    }

    [Fact]
    public async Task W50_TwentyWorksThatSayTheSameAtOnce_OneSaysIt()
    {
        var claims = new List<WorkClaim>();
        for (var n = 0; n < 20; n++)
            claims.Add(await RunningAsync($"wrk_{n:00}"));
        var stores = new[] { Works, Backend.HasNodes ? On(await Backend.OpenAsync(Clock)) : Works };

        // Keys in opposite orders: two that want the same pair must not lock each other up.
        var results = await Task.WhenAll(claims.Select((claim, n) => Task.Run(() => stores[n % 2].CommitAsync(claim, Ended(Outcome.Spoke) with
        {
            Notifications = [Said($"ntf_{n}", claim.WorkId)],
            Reservations = n % 2 == 0 ? [Reserve($"ntf_{n}", "a"), Reserve($"ntf_{n}", "b")] : [Reserve($"ntf_{n}", "b"), Reserve($"ntf_{n}", "a")],
        }, None))));

        Assert.Single(results, CommitResult.Written);
        Assert.Equal(19, results.Count(result => result == CommitResult.SaidMeanwhile));
        Assert.Equal((1L, 2L), (await CountAsync("notification"), await CountAsync("said")));
    }

    [Fact]
    public async Task CommitSkippedAsync_Many_WritesThoseThatAreStillMine()
    {
        var mine = await RunningAsync("wrk_1");
        var lost = await RunningAsync("wrk_2");
        var also = await RunningAsync("wrk_3");
        WorkCommit Skip(string id) => Ended(Outcome.Skipped, Reasons.NothingNew) with { Events = [Event("work.skipped", id)], Gates = [Verdict("nothing-new", "skip")] };

        var written = await Works.CommitSkippedAsync([(mine, Skip("wrk_1")), (lost with { Attempt = 7 }, Skip("wrk_2")), (also, Skip("wrk_3"))], None);

        Assert.Equal(["wrk_1", "wrk_3"], written);
        Assert.Equal((WorkState.Finished, Outcome.Skipped, Reasons.NothingNew), ((await GetAsync("wrk_1")).State, (await GetAsync("wrk_1")).Outcome, (await GetAsync("wrk_1")).Reason));
        Assert.Equal("skip", Assert.Single((await GetAsync("wrk_3")).Gates).Decision);
        Assert.Equal(WorkState.Running, (await GetAsync("wrk_2")).State);
        Assert.Equal(["work.requested", "work.skipped"], await EventsAsync("wrk_1"));
        Assert.Equal(["work.requested"], await EventsAsync("wrk_2"));
    }

    [Fact]
    public async Task CommitAsync_EventsOfOneWork_StandInTheOrderOfItsLife()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        await Works.DeferAsync(claim, Now, Reasons.Busy, [], Event("work.deferred", "wrk_1"), None);
        var second = Claim((await ClaimAsync())[0]);
        await Runs.BeginAsync(Start("run_2", await GetAsync("wrk_1"), "run_1"), second, None);
        await Works.CommitAsync(second, Ended() with { Events = [Event("work.done", "wrk_1")] }, None);

        Assert.Equal(["work.requested", "work.started", "work.deferred", "work.started", "work.done"], await EventsAsync("wrk_1"));
    }

    [Fact]
    public async Task CommitAsync_AttemptThatWasHandedOver_ClosesAllItsRuns()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        await Runs.BeginAsync(Start("run_2", await GetAsync("wrk_1")), claim, None);

        await Works.CommitAsync(claim, Ended() with { RunId = "run_2" }, None);

        Assert.Equal(["silent", "silent"], (await Runs.OfWorkAsync("wrk_1", None)).Select(run => run.State));
    }

    private GateVerdict Verdict(string gate, string decision) => new(gate, decision, gate, Now, 0.5, "seen");

    private WorkCommit Full() => Ended(Outcome.Spoke) with
    {
        Reply = "a reply",
        Usage = new TurnUsage { ModelAsked = "a/b", ModelUsed = "a/c", ModelCalls = 2, InputTokens = 10, CostUsd = 0.25m, Duration = TimeSpan.FromSeconds(2) },
        Gates = [Verdict("hours", "pass"), Verdict("nothing-new", "pass")],
        RunId = "run_1",
        Notifications = [Said("ntf_1", "wrk_1", "The build is red.", "webhook:phone")],
        Reservations = [Reserve("ntf_1")],
        Messages = [(Chat, [new NewSessionMessage(Now, new ChatMessage(ChatRole.Assistant, "The build is red."), MessageKind.Notice)])],
        State = [new StateChange(AgentId.Main, "checks", "inbox", "1")],
        Admit = [Asked("wrk_next")],
        Events = [Event("work.done", "wrk_1")],
    };

    private async Task<CommitResult> CommitSaidAsync(string work, string notification, string? replaces = null)
        => await Works.CommitAsync(await RunningAsync(work), Ended(Outcome.Spoke) with
        {
            Notifications = [Said(notification, work)],
            Reservations = [Reserve(notification) with { Replaces = replaces }],
        }, None);
}

public sealed class SqliteCommitTests : CommitTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresCommitTests : CommitTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
