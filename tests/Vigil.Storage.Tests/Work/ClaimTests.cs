using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

public abstract class ClaimTests : WorkSuite
{
    [Fact]
    public async Task ClaimAsync_DueWork_RunsUnderANewAttempt()
    {
        await AdmitAsync("wrk_1");
        Clock.Now += TimeSpan.FromSeconds(3);

        var work = Assert.Single(await ClaimAsync());

        Assert.Equal((WorkState.Running, 1, Node, Now), (work.State, work.Attempt, work.Node, work.StartedAt!.Value));
        Assert.Empty(await ClaimAsync());
        Assert.Equal(new WorkCounts(0, 0, 1), await Works.CountsAsync(None));
    }

    [Fact]
    public async Task ClaimAsync_MoreDueThanSlots_TakesNoMoreThanTheSlots()
    {
        for (var n = 0; n < 5; n++)
            await AdmitAsync($"wrk_{n}");

        Assert.Equal(3, (await ClaimAsync(slots: 3)).Count);
        Assert.Empty(await ClaimAsync(slots: 0));
        Assert.Equal(2, (await ClaimAsync(slots: 3)).Count);
    }

    [Fact]
    public async Task ClaimAsync_NotYetDue_WaitsForItsInstant()
    {
        await AdmitAsync("wrk_1", due: Now.AddMinutes(5));
        Assert.Empty(await ClaimAsync());
        Assert.Equal(Now.AddMinutes(5), await Works.NextDueAsync(None));
        Assert.Equal(new WorkCounts(1, 0, 0), await Works.CountsAsync(None));

        Clock.Now += TimeSpan.FromMinutes(5);

        Assert.Equal(new WorkCounts(1, 1, 0), await Works.CountsAsync(None));
        Assert.Single(await ClaimAsync());
        Assert.Null(await Works.NextDueAsync(None));
    }

    [Fact]
    public async Task W12_OneAgentsLongQueue_DoesNotHoldBackAnothersSingleWork()
    {
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 500).Select(n => Asked($"wrk_{n:000}", "busy"))], None);
        Clock.Now += TimeSpan.FromSeconds(1);
        await AdmitAsync("wrk_single", "calm");

        var claimed = await ClaimAsync(slots: 20);

        Assert.Contains("wrk_single", claimed.Select(work => work.Id));
        Assert.Equal(19, claimed.Count(work => work.Agent.Value == "busy"));
    }

    [Fact]
    public async Task W12_ManyDeferredOfOneAgent_DoNotHoldBackAnothersEither()
    {
        var due = Now.AddMinutes(1);
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 300).Select(n => Asked($"wrk_{n:000}", "busy", due: due))], None);
        await AdmitAsync("wrk_single", "calm", due: due.AddSeconds(1));
        Clock.Now = due.AddSeconds(1);

        var claimed = await ClaimAsync(slots: 20);

        Assert.Contains("wrk_single", claimed.Select(work => work.Id));
    }

    [Fact]
    public async Task ClaimAsync_WorksOfOneAgent_ComeInTheirOrder()
    {
        for (var n = 0; n < 12; n++)
            await AdmitAsync($"wrk_{n:00}");

        Assert.Equal(Enumerable.Range(0, 12).Select(n => $"wrk_{n:00}"), (await ClaimAsync(slots: 20)).Select(work => work.Id));
    }

    [Fact]
    public async Task ClaimAsync_AWakeAmongBeats_ComesFirst()
    {
        for (var n = 0; n < 50; n++)
            await AdmitAsync($"wrk_beat{n}");
        await Works.AdmitAsync(Asked("wrk_wake") with { Precedence = TimeSpan.FromMinutes(-5) }, None);

        Assert.Equal("wrk_wake", (await ClaimAsync(slots: 1))[0].Id);
    }

    [Fact]
    public async Task ClaimAsync_WorkBehindAFlood_IsAtMostAnHourLate()
    {
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 3).Select(n => Asked($"wrk_{n}", "busy"))], None);
        await Database.WriteAsync(db => db.ExecuteAsync("UPDATE work SET rank = rank + 86400000"), None); // as if a day's worth of works stood before
        await AdmitAsync("wrk_late", "busy");
        Clock.Now += TimeSpan.FromMinutes(61);
        await AdmitAsync("wrk_new", "calm");

        Assert.Equal(["wrk_late", "wrk_new"], (await ClaimAsync(slots: 2)).Select(work => work.Id));
    }

    [Fact]
    public async Task W15_TwoWorksOfOneSession_NeverRunAtOnce()
    {
        await AdmitAsync("wrk_1", session: "shared");
        await AdmitAsync("wrk_2", session: "shared");
        await AdmitAsync("wrk_3");

        var first = await ClaimAsync();
        Assert.Equal(["wrk_1", "wrk_3"], first.Select(work => work.Id));
        Assert.Empty(await ClaimAsync());
        await Works.CommitAsync(Claim(first[0]), Ended(), None);

        Assert.Equal(["wrk_2"], (await ClaimAsync()).Select(work => work.Id));
    }

    [Fact]
    public async Task W14_ManyWaitingForABusySession_DoNotHoldBackOthers()
    {
        await RunningAsync("wrk_hangs", session: "shared");
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 200).Select(n => Asked($"wrk_{n:000}", session: "shared"))], None);
        await AdmitAsync("wrk_free");

        Assert.Equal(["wrk_free"], (await ClaimAsync(slots: 4)).Select(work => work.Id));
    }

    [Fact]
    public async Task W16_SessionThatAPersonHoldsOrWaitsFor_IsLeftToThePerson()
    {
        var work = await AdmitAsync("wrk_1");
        await AdmitAsync("wrk_2");
        await Turns.TryEnterAsync(work.Session, "chat-1", Node, TimeSpan.FromSeconds(30), Now, null, None);

        Assert.Equal(["wrk_2"], (await ClaimAsync()).Select(claimed => claimed.Id));
        Assert.Contains("work.deferred", await EventsAsync("wrk_1"));
        Assert.DoesNotContain("work.deferred", await EventsAsync("wrk_2"));
        await Turns.LeaveAsync(work.Session, "chat-1", None);

        Assert.Equal(["wrk_1"], (await ClaimAsync()).Select(claimed => claimed.Id));
    }

    [Fact]
    public async Task ClaimAsync_PersonWhoDied_HoldsTheSessionForTheLeaseOnly()
    {
        var work = await AdmitAsync("wrk_1");
        await Turns.TryEnterAsync(work.Session, "chat-1", Node, TimeSpan.FromSeconds(30), Now, null, None);

        await LaterAsync(TimeSpan.FromSeconds(31));

        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task W18_TwoClaimersAndFiveHundredWorks_EachIsClaimedOnce()
    {
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 500).Select(n => Asked($"wrk_{n:000}", n % 3 == 0 ? "a" : "b", session: $"s{n % 350}"))], None);
        var other = Backend.HasNodes ? await Backend.OpenAsync(Clock) : Database;

        var taken = (await Task.WhenAll(
            Task.Run(() => DrainAsync(On(Database), "node-1")), Task.Run(() => DrainAsync(On(other), "node-2")), Task.Run(() => DrainAsync(On(other), "node-3")))).SelectMany(ids => ids).ToList();

        Assert.Equal(500, taken.Count);
        Assert.Equal(500, taken.Distinct().Count());
        Assert.Equal(new WorkCounts(0, 0, 0), await Works.CountsAsync(None));
        Assert.Equal(500, (await EventsAsync()).Count(type => type == "work.done"));
    }

    [Fact]
    public async Task SessionRace_ClaimersAndPersons_AreNeverInASessionAtOnce()
    {
        var key = SessionKey.For(AgentId.Main, "work", "shared");
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 40).Select(n => Asked($"wrk_{n:00}", session: "shared"))], None);
        var other = Backend.HasNodes ? await Backend.OpenAsync(Clock) : Database;
        var inside = 0;
        var most = 0;
        var done = 0;

        await Task.WhenAll(
            Task.Run(() => WorkAsync(On(Database), "node-1")),
            Task.Run(() => WorkAsync(On(other), "node-2")),
            Task.Run(() => ChatAsync(Database, "chat-1")),
            Task.Run(() => ChatAsync(other, "chat-2")));

        Assert.Equal(1, most);
        Assert.Equal(40, done);

        async Task WorkAsync(WorkStore store, string node)
        {
            while (Volatile.Read(ref done) < 40)
            {
                foreach (var work in await store.ClaimAsync(node, 4, Now, Lease, None))
                {
                    Enter();
                    Assert.Equal(CommitResult.Written, await LeaveAsync(() => store.CommitAsync(Claim(work), Ended(), None)));
                    Interlocked.Increment(ref done);
                }
            }
        }

        async Task ChatAsync(IDatabase database, string holder)
        {
            var turns = new Vigil.Storage.Sessions.SessionTurns(database, new Vigil.Storage.Runs.RunBeginnings());
            for (var turn = 0; turn < 15; turn++)
            {
                var name = $"{holder}-{turn}";
                while ((await turns.TryEnterAsync(key, name, "node", TimeSpan.FromHours(1), Now, null, None)).Entry == SessionEntry.Waits)
                {
                }
                Enter();
                await LeaveAsync(async () =>
                {
                    await turns.LeaveAsync(key, name, None);
                    return true;
                });
            }
        }

        void Enter()
        {
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
        }

        // We count as outside just before the database lets the next one in.
        async Task<T> LeaveAsync<T>(Func<Task<T>> leave)
        {
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            return await leave();
        }

        static void InterlockedMax(ref int place, int value)
        {
            int seen;
            while (value > (seen = Volatile.Read(ref place)) && Interlocked.CompareExchange(ref place, value, seen) != seen)
            {
            }
        }
    }

    [Fact]
    public async Task RenewAsync_TellsWhatHappenedToEachClaim()
    {
        var lost = await RunningAsync("wrk_lost");
        var cancelled = await RunningAsync("wrk_cancelled");
        var wanted = await RunningAsync("wrk_wanted");
        var fine = await RunningAsync("wrk_fine");
        await Works.TakeOverAsync(Node, Now, 9, None);
        var again = (await ClaimAsync(node: "node-2")).ToDictionary(work => work.Id, Claim);
        await Works.CancelAsync("wrk_cancelled", Now, None);
        await Turns.TryEnterAsync((await GetAsync("wrk_wanted")).Session, "chat", "node-2", TimeSpan.FromMinutes(1), Now, null, None);

        var watch = await Works.RenewAsync("node-2", [again["wrk_cancelled"], again["wrk_wanted"], again["wrk_fine"]], Now, Lease, None);
        var old = await Works.RenewAsync(Node, [lost, cancelled, wanted, fine], Now, Lease, None);

        Assert.Empty(watch.Lost);
        Assert.Equal(["wrk_cancelled"], watch.Cancel);
        Assert.Equal(["wrk_wanted"], watch.StepBack);
        Assert.Equal(["wrk_lost", "wrk_cancelled", "wrk_wanted", "wrk_fine"], old.Lost);
        Assert.Empty(old.Cancel);
    }

    private async Task<List<string>> DrainAsync(WorkStore store, string node)
    {
        var taken = new List<string>();
        while ((await store.CountsAsync(None)).Waiting > 0)
        {
            foreach (var work in await store.ClaimAsync(node, 16, Now, Lease, None))
            {
                taken.Add(work.Id);
                await store.CommitAsync(Claim(work), Ended() with { Events = [Event("work.done", work.Id)] }, None);
            }
        }
        return taken;
    }
}

public sealed class SqliteClaimTests : ClaimTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresClaimTests : ClaimTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
