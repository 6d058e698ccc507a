using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.State;
using Vigil.Storage.Events;
using Vigil.Storage.Heartbeat;
using Vigil.Storage.Runs;
using Vigil.Storage.Sessions;
using Vigil.Storage.State;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Tests.Heartbeat;

public abstract class HeartbeatStoreTests : StoreSuite
{
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(30);

    private HeartbeatStore Store => new(Database, Clock);

    private WorkStore Works => new(Database, Clock);

    [Fact]
    public async Task SweepAsync_ManyDue_OneWorkForEachAndNoneTwice()
    {
        var slot = Clock.Now.AddSeconds(-1);
        await Store.SyncAsync([.. Enumerable.Range(0, 250).Select(i => Plan($"a{i}", slot))], [], Clock.Now.AddDays(-1), None);

        var first = await Store.SweepAsync(Clock.Now, 200, None);
        var second = await Store.SweepAsync(Clock.Now, 200, None);
        var third = await Store.SweepAsync(Clock.Now, 200, None);

        Assert.Equal((200, 200, 50, 50, 0), (first.Beats, first.Works, second.Beats, second.Works, third.Beats));
        var works = await Works.ClaimAsync("n", 500, Clock.Now, TimeSpan.FromMinutes(1), None);
        Assert.Equal(250, works.Select(work => work.Id).Distinct().Count());
        var one = works.Single(work => work.Agent == AgentId.Parse("a7"));
        Assert.Equal(("heartbeat", "agent:a7:heartbeat:beats", slot), (one.Source, one.Session.Value, one.Slot!.Value));
        Assert.Equal((ContextMode.Light, "owner"), (one.Context, Assert.Single(one.Deliver)));
        Assert.Equal(["read_file"], one.Tools);
        Assert.Equal(250, (await new EventLog(Database).ReadAsync(0, 1000, new EventFilter(TypePrefix: EventTypes.WorkRequested), None)).Count);
    }

    [Fact]
    public async Task H10_SweepAsync_ManyAtOnce_EachSlotOnce()
    {
        var others = await Task.WhenAll(Enumerable.Range(0, Backend.HasNodes ? 3 : 0).Select(_ => Backend.OpenAsync(Clock)));
        IHeartbeatStore[] nodes = [Store, Store, .. others.Select(database => new HeartbeatStore(database, Clock))];
        await Store.SyncAsync([.. Enumerable.Range(0, 100).Select(i => Plan($"a{i}", Clock.Now))], [], Clock.Now.AddDays(-1), None);

        var sweeps = await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 5).Select(_ => Task.Run(() => node.SweepAsync(Clock.Now, 30, None)))));
        sweeps = [.. sweeps, await Store.SweepAsync(Clock.Now, 1000, None)];

        Assert.Equal(100, sweeps.Sum(sweep => sweep.Works));
        Assert.Equal(100, (await Works.CountsAsync(None)).Waiting);
    }

    [Fact]
    public async Task H06_SweepAsync_TenSlotsLate_OneWorkNineMissedOldGrid()
    {
        var first = Clock.Now;
        await Store.SyncAsync([Plan("main", first)], [], first.AddDays(-1), None);
        Clock.Now = first + (9 * s_every) + TimeSpan.FromMinutes(7);

        var sweep = await Store.SweepAsync(Clock.Now, 10, None);

        Assert.Equal((1, 1, 9L), (sweep.Beats, sweep.Works, sweep.Missed));
        var beat = await Store.GetAsync(AgentId.Main, None);
        Assert.Equal((first + (9 * s_every), first + (10 * s_every)), (beat!.LastSlot!.Value, beat.NextAt));
        var missed = Assert.Single(await new EventLog(Database).ReadAsync(0, 10, new EventFilter(TypePrefix: EventTypes.WorkSkipped), None));
        Assert.Equal((9, first, first + (8 * s_every)), (missed.Payload.GetProperty("count").GetInt32(), missed.Payload.GetProperty("first").GetDateTimeOffset(), missed.Payload.GetProperty("last").GetDateTimeOffset()));
    }

    [Fact]
    public async Task H08_SweepAsync_EarlierBeatUnfinished_OverlapAndThenNormal()
    {
        await Store.SyncAsync([Plan("main", Clock.Now)], [], Clock.Now.AddDays(-1), None);
        await Store.SweepAsync(Clock.Now, 10, None);
        var running = Assert.Single(await Works.ClaimAsync("n", 5, Clock.Now, TimeSpan.FromHours(2), None));
        Clock.Now += s_every;

        Assert.Equal((0, 1), await SweptAsync());
        await Works.CommitAsync(new WorkClaim(running.Id, running.Attempt, "n"), new WorkCommit { Outcome = Outcome.Silent, Reason = Reasons.Ack, At = Clock.Now }, None);
        Clock.Now += s_every;
        Assert.Equal((1, 0), await SweptAsync());

        var works = (await Works.ListAsync(new WorkFilter(), null, 10, None)).Items.OrderBy(work => work.Slot).ToList();
        Assert.Equal((Outcome.Skipped, Reasons.Overlap), (works[1].Outcome, works[1].Reason));
        Assert.Null(works[2].Outcome);

        async Task<(int, int)> SweptAsync()
        {
            var sweep = await Store.SweepAsync(Clock.Now, 10, None);
            return (sweep.Works, sweep.Overlaps);
        }
    }

    [Fact]
    public async Task SkippedAsync_CountsSkippedBeatsOfTheTimeForEachAgent()
    {
        var from = Clock.Now;
        string[] agents = ["a", "b", "c"];
        await Store.SyncAsync([.. agents.Select(agent => Plan(agent, from))], [], from.AddDays(-1), None);
        for (var slot = 0; slot < 3; slot++)
        {
            await Store.SweepAsync(Clock.Now, 10, None);
            foreach (var work in await Works.ClaimAsync("n", 5, Clock.Now, s_every, None))
            {
                var outcome = work.Agent == AgentId.Parse("c") ? Outcome.Silent : Outcome.Skipped;
                await Works.CommitAsync(new WorkClaim(work.Id, work.Attempt, "n"), new WorkCommit { Outcome = outcome, Reason = outcome == Outcome.Silent ? Reasons.Ack : Reasons.NothingNew, At = Clock.Now }, None);
            }
            Clock.Now += s_every;
        }

        Assert.Equal([new SkippedBeats(AgentId.Parse("a"), 3), new SkippedBeats(AgentId.Parse("b"), 3)], await Store.SkippedAsync(from, Clock.Now, null, None));
        Assert.Equal([new SkippedBeats(AgentId.Parse("b"), 2)], await Store.SkippedAsync(from + s_every, Clock.Now, [AgentId.Parse("b"), AgentId.Parse("c")], None));
        Assert.Empty(await Store.SkippedAsync(Clock.Now, Clock.Now.AddDays(1), null, None));
        Assert.Empty(await Store.SkippedAsync(from, Clock.Now, [], None));
    }

    [Fact]
    public async Task H79_SyncAsync_UnchangedKeepsOwedAndChangedFollowsItsGrid()
    {
        var next = Clock.Now.AddMinutes(10);
        await Store.SyncAsync([Plan("main", next)], [], Clock.Now, None);
        await Store.SyncAsync([Plan("main", next) with { NextAt = next.AddMinutes(5) }], [], Clock.Now, None);
        Assert.Equal(next, (await Store.GetAsync(AgentId.Main, None))!.NextAt);

        var other = Plan("main", Clock.Now.AddMinutes(3)) with { Every = TimeSpan.FromMinutes(15) };
        await Store.SyncAsync([other], [], Clock.Now, None);
        Assert.Equal(Clock.Now.AddMinutes(3), (await Store.GetAsync(AgentId.Main, None))!.NextAt);

        Clock.Now = Clock.Now.AddMinutes(4);
        await Store.SyncAsync([Plan("main", Clock.Now.AddMinutes(20))], [], Clock.Now, None);
        Assert.Equal(1, (await Store.SweepAsync(Clock.Now, 10, None)).Works);
        await Store.SyncAsync([], [AgentId.Main], Clock.Now, None);
        Assert.Null(await Store.GetAsync(AgentId.Main, None));
    }

    [Fact]
    public async Task SweepAsync_ClockSetBack_NoSlotTwice()
    {
        var slot = Clock.Now;
        await Store.SyncAsync([Plan("main", slot)], [], slot.AddDays(-1), None);
        Assert.Equal(1, (await Store.SweepAsync(slot, 10, None)).Works);
        await Store.SyncAsync([Plan("main", slot) with { Enabled = false }], [], slot, None);
        await Store.SyncAsync([Plan("main", slot)], [], slot.AddMinutes(-5), None);

        Assert.Equal(0, (await Store.SweepAsync(slot, 10, None)).Works);
    }

    [Fact]
    public async Task H85_WakeAsync_ManyAtOnce_OneWorkAllTextsAndAgentsApart()
    {
        var admissions = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => Store.WakeAsync(Wake(i % 2 == 0 ? "a" : "b", $"{i}"), None))));

        Assert.Equal(2, admissions.Select(admission => admission.Work.Id).Distinct().Count());
        Assert.Equal(38, admissions.Count(admission => admission.Joined));
        var ofA = admissions.First(admission => admission.Work.Agent == AgentId.Parse("a")).Work.Id;
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i * 2}").Order(), (await Store.EventsOfAsync(ofA, None)).Select(one => one.Text).Order());
    }

    [Fact]
    public async Task WakeAsync_SameKey_IsTheSameWorkAndOneEvent()
    {
        var first = await Store.WakeAsync(Wake("main", "x") with { Key = "k" }, None);
        var again = await Store.WakeAsync(Wake("main", "x") with { Key = "k" }, None);

        Assert.Equal((first.Work.Id, true), (again.Work.Id, again.Replayed));
        Assert.Single(await Store.EventsOfAsync(first.Work.Id, None));
    }

    [Fact]
    public async Task WakeAsync_ClaimedMeanwhile_StartsAnother()
    {
        var first = await Store.WakeAsync(Wake("main", "x"), None);
        Clock.Now += TimeSpan.FromSeconds(3);
        Assert.Single(await Works.ClaimAsync("n", 5, Clock.Now, TimeSpan.FromMinutes(1), None));

        var second = await Store.WakeAsync(Wake("main", "y"), None);

        Assert.NotEqual(first.Work.Id, second.Work.Id);
    }

    [Fact]
    public async Task H87_WakeAsync_AboveTheLimit_PutOffToTheEndOfTheHour()
    {
        var from = Clock.Now;
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var admission = await Store.WakeAsync(Wake("main", $"{i}") with { PerHour = 3 }, None);
            ids.Add(admission.Work.Id);
            Assert.Equal(i >= 3, admission.PutOff);
            Clock.Now += TimeSpan.FromSeconds(5);
            foreach (var work in await Works.ClaimAsync("n", 5, Clock.Now, TimeSpan.FromMinutes(1), None))
                await Works.CommitAsync(new WorkClaim(work.Id, work.Attempt, "n"), new WorkCommit { Outcome = Outcome.Silent, Reason = Reasons.Ack, At = Clock.Now }, None);
        }
        Assert.Equal([ids[3], ids[3]], [ids[4], ids[5]]);
        Assert.Equal(from.AddHours(1), (await Works.GetAsync(ids[3], None))!.DueAt);
        Assert.Single(await new EventLog(Database).ReadAsync(0, 10, new EventFilter(TypePrefix: EventTypes.WorkDeferred), None));
    }

    [Fact]
    public async Task HurryAsync_WaitingForAReason_AreDueNow()
    {
        var wake = await Store.WakeAsync(Wake("main", "x"), None);
        Clock.Now += TimeSpan.FromSeconds(3);
        var claimed = Assert.Single(await Works.ClaimAsync("n", 5, Clock.Now, TimeSpan.FromMinutes(1), None));
        await Works.DeferAsync(new WorkClaim(claimed.Id, claimed.Attempt, "n"), Clock.Now.AddDays(1), Reasons.Paused, [],
            new NewEvent(Clock.Now, EventTypes.WorkDeferred, "wake", "main", claimed.Id), None);

        Assert.Equal(0, await Store.HurryAsync(AgentId.Main, [Reasons.Busy], Clock.Now, None));
        Assert.Equal(1, await Store.HurryAsync(AgentId.Main, [Reasons.Paused], Clock.Now, None));

        Assert.Equal(wake.Work.Id, Assert.Single(await Works.ClaimAsync("n", 5, Clock.Now, TimeSpan.FromMinutes(1), None)).Id);
    }

    [Fact]
    public async Task StandingAsync_PauseWordsAndTurnsOfPersons_OfThisAgentAlone()
    {
        var other = AgentId.Parse("main-2");
        var sessions = new SessionStore(Database);
        var turns = new SessionTurns(Database, new RunBeginnings());
        Assert.Equal(new BeatStanding(null, null, 0), await Store.StandingAsync(AgentId.Main, Clock.Now.AddMinutes(-10), Clock.Now, None));

        foreach (var agent in new[] { AgentId.Main, other })
        {
            await new StateStore(Database).ApplyAsync([new StateChange(agent, BeatState.Area, BeatState.PauseKey, $"\"{agent}\"")], None);
            await sessions.AppendAsync(SessionKey.Main(agent), [new(Clock.Now, new ChatMessage(ChatRole.User, "hi")) { ByPerson = true }], None);
        }
        await turns.TryEnterAsync(SessionKey.Main(other), "run_1", "n", TimeSpan.FromDays(1), Clock.Now, null, None);
        Assert.Equal(0, (await Store.StandingAsync(AgentId.Main, Clock.Now.AddMinutes(-10), Clock.Now, None)).PersonTurns);
        await turns.TryEnterAsync(SessionKey.For(AgentId.Main, "api", "7"), "run_2", "n", TimeSpan.FromDays(1), Clock.Now, null, None);

        Assert.Equal(new BeatStanding("\"main\"", Clock.Now, 1), await Store.StandingAsync(AgentId.Main, Clock.Now.AddMinutes(-10), Clock.Now, None));
        Assert.Equal(new BeatStanding("\"main\"", null, 1), await Store.StandingAsync(AgentId.Main, Clock.Now.AddMinutes(10), Clock.Now, None));
    }

    [Fact]
    public async Task FollowUpsAndWakes_OfAnAgent_TheNextOnesFirstAndThoseThatRan()
    {
        var begun = Clock.Now;
        foreach (var (agent, origin, hours) in new[] { ("main", BeatState.FollowUpOrigin, 3), ("main", BeatState.FollowUpOrigin, 2), ("main", "hook", 1), ("other", BeatState.FollowUpOrigin, 1) })
        {
            var work = Wake(agent, "x").Work with { Origin = origin, DueAt = Clock.Now.AddHours(hours), Prompt = $"{origin} {hours}" };
            await Works.AdmitAsync(new NewWork(work), None);
        }
        Assert.Equal([$"{BeatState.FollowUpOrigin} 2", $"{BeatState.FollowUpOrigin} 3"], (await Store.FollowUpsAsync(AgentId.Main, 10, None)).Select(work => work.Prompt));
        Assert.Single(await Store.FollowUpsAsync(AgentId.Main, 1, None));
        Assert.Equal(0, await Store.WakesSinceAsync(AgentId.Main, begun, None));

        Clock.Now = Clock.Now.AddHours(1).AddMinutes(1);
        foreach (var work in await Works.ClaimAsync("n", 10, Clock.Now, TimeSpan.FromMinutes(1), None))
            await Works.CommitAsync(new WorkClaim(work.Id, work.Attempt, "n"), new WorkCommit { Outcome = Outcome.Silent, Reason = Reasons.Ack, At = Clock.Now }, None);

        Assert.Equal(1, await Store.WakesSinceAsync(AgentId.Main, begun, None));
        Assert.Equal(0, await Store.WakesSinceAsync(AgentId.Main, Clock.Now, None));
    }

    private static BeatPlan Plan(string agent, DateTimeOffset next) => new(AgentId.Parse(agent), true, s_every,
        TimeSpan.FromMilliseconds(next.ToUnixTimeMilliseconds() % (long)s_every.TotalMilliseconds), next, ContextMode.Light, "owner", ["read_file"]);

    private NewWake Wake(string agent, string text) => new(new AgentWork
    {
        Id = NewId.Work(Clock),
        Agent = AgentId.Parse(agent),
        Source = WorkSources.Wake,
        Prompt = "Woken.",
        Session = BeatState.Session(AgentId.Parse(agent)),
        CreatedAt = Clock.Now,
        DueAt = Clock.Now,
    }, text, "hook", false, null, TimeSpan.FromSeconds(2), 30);
}

public sealed class SqliteHeartbeatStoreTests : HeartbeatStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresHeartbeatStoreTests : HeartbeatStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
