using Vigil.Storage.Engine;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

public abstract class EdgeTests : WorkSuite
{
    [Fact]
    public async Task W22_DeferredWork_WaitsForItsInstantAlsoAfterARestart()
    {
        var claim = await RunningAsync("wrk_1");

        Assert.True(await Works.DeferAsync(claim, Now.AddHours(1), Reasons.Busy, [new("busy", "defer", Reasons.Busy, Now, 1)], Event("work.deferred", "wrk_1"), None));

        var work = await GetAsync("wrk_1");
        Assert.Equal((WorkState.Waiting, Reasons.Busy, Now.AddHours(1), 0), (work.State, work.Reason, work.DueAt, work.LostAttempts));
        Assert.Equal("defer", Assert.Single(work.Gates).Decision);
        await Database.DisposeAsync();
        var store = On(await Backend.OpenAsync(Clock));
        Assert.Empty(await store.ClaimAsync(Node, 5, Now.AddMinutes(59), Lease, None));
        var again = Assert.Single(await store.ClaimAsync(Node, 5, Now.AddHours(1), Lease, None));
        Assert.Equal((2, (string?)null), (again.Attempt, again.Reason));
        Assert.False(await store.DeferAsync(claim, Now, Reasons.Busy, [], Event("work.deferred", "wrk_1"), None), "an old attempt deferred the work");
    }

    [Fact]
    public async Task DeferAsync_FreesTheSession()
    {
        var claim = await RunningAsync("wrk_1", session: "shared");
        await AdmitAsync("wrk_2", session: "shared");
        await Works.DeferAsync(claim, Now.AddHours(1), Reasons.Busy, [], Event("work.deferred", "wrk_1"), None);

        Assert.Equal(["wrk_2"], (await ClaimAsync()).Select(work => work.Id));
    }

    [Fact]
    public async Task W30_GracefulStop_GivesTheAttemptBackAndKeepsThePlace()
    {
        var claim = await RunningAsync("wrk_1");
        await AdmitAsync("wrk_2");

        Assert.True(await Works.ReleaseAsync(claim, Now, None));
        Assert.False(await Works.ReleaseAsync(claim, Now, None));

        var claimed = await ClaimAsync();
        Assert.Equal(["wrk_1", "wrk_2"], claimed.Select(work => work.Id));
        Assert.Equal((2, 0), (claimed[0].Attempt, claimed[0].LostAttempts));
    }

    [Fact]
    public async Task TakeOverAsync_DeadNode_ReturnsItsWorksToTheLine()
    {
        await RunningAsync("wrk_1");
        await RunningAsync("wrk_2");
        await AdmitAsync("wrk_3");
        await ClaimAsync(node: "node-2");

        var touched = await Works.TakeOverAsync(Node, Now, 3, None);

        Assert.Equal(["wrk_1", "wrk_2"], touched.Select(lost => lost.Work.Id).Order());
        Assert.All(touched, lost => Assert.Equal((WorkState.Waiting, 1, (string?)null, Node), (lost.Work.State, lost.Work.LostAttempts, lost.Work.Node, lost.Node)));
        Assert.Equal(WorkState.Running, (await GetAsync("wrk_3")).State);
        Assert.Empty(await Works.TakeOverAsync(Node, Now, 3, None));
    }

    [Fact]
    public async Task TakeOverAsync_LivingLease_IsLeftAlone()
    {
        await RunningAsync("wrk_1");

        Assert.Empty(await Works.TakeOverAsync(null, Now, 3, None));
    }

    [Fact]
    public async Task TakeOverAsync_LeaseThatPassed_IsTakenAndTheFrozenNodeLearnsIt()
    {
        var claim = await RunningAsync("wrk_1");
        await ExpireLeasesAsync();

        Assert.Single(await Works.TakeOverAsync(null, Now, 3, None));

        Assert.Equal(["wrk_1"], (await Works.RenewAsync(Node, [claim], Now, Lease, None)).Lost);
    }

    [Fact]
    public async Task RenewAsync_LateButBeforeATakeOver_KeepsTheClaim()
    {
        var claim = await RunningAsync("wrk_1");
        await ExpireLeasesAsync();

        Assert.Empty((await Works.RenewAsync(Node, [claim], Now, Lease, None)).Lost);
        Assert.Empty(await Works.TakeOverAsync(null, Now, 3, None));
    }

    [Fact]
    public async Task W30_WorkThatKillsItsGatewayEachTime_FailsAtTheLimitWithOneError()
    {
        await AdmitAsync("wrk_1");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var claim = Claim(Assert.Single(await ClaimAsync()));
            Assert.Equal(attempt, claim.Attempt);
            await Runs.BeginAsync(Start($"run_{attempt}", await GetAsync("wrk_1"), "run_1"), claim, None);
            await Works.TakeOverAsync(Node, Now, 3, None);
        }

        var work = await GetAsync("wrk_1");
        Assert.Equal((WorkState.Finished, Outcome.Failed, Reasons.Attempts, 3), (work.State, work.Outcome, work.Reason, work.LostAttempts));
        Assert.Contains("3 times", work.Error, StringComparison.Ordinal);
        Assert.Single(await EventsAsync("wrk_1"), "work.error");
        Assert.Equal(["lost", "lost", "failed"], (await Runs.OfWorkAsync("wrk_1", None)).Select(run => run.State));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task W71_WaitingWork_EndsCancelled()
    {
        await AdmitAsync("wrk_1");

        Assert.Equal(CancelResult.Cancelled, await Works.CancelAsync("wrk_1", Now, None));

        var work = await GetAsync("wrk_1");
        Assert.Equal((WorkState.Finished, Outcome.Cancelled, Reasons.Cancelled, Now), (work.State, work.Outcome, work.Reason, work.FinishedAt!.Value));
        Assert.Equal(["work.requested", "work.cancelled"], await EventsAsync("wrk_1"));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task W72_RunningWork_IsMarkedWithAllItsDescendants()
    {
        var parent = await RunningAsync("wrk_1");
        var child = await RunningAsync("wrk_2", parent: "wrk_1");
        var other = await RunningAsync("wrk_4");
        await AdmitAsync("wrk_3", parent: "wrk_2");

        Assert.Equal(CancelResult.Requested, await Works.CancelAsync("wrk_1", Now, None));

        Assert.Equal(["wrk_1", "wrk_2"], (await Works.RenewAsync(Node, [parent, child, other], Now, Lease, None)).Cancel.Order());
        Assert.Equal(Outcome.Cancelled, (await GetAsync("wrk_3")).Outcome);
        Assert.Equal(["work.requested", "work.cancelled"], await EventsAsync("wrk_3"));
        Assert.Equal(["work.requested"], await EventsAsync("wrk_1"));
        Assert.Equal(CommitResult.Written, await Works.CommitAsync(parent, Ended(Outcome.Cancelled, Reasons.Cancelled), None));
    }

    [Fact]
    public async Task W73_FinishedWork_CannotBeCancelled()
    {
        await Works.CommitAsync(await RunningAsync("wrk_1"), Ended(), None);

        Assert.Equal(CancelResult.AlreadyFinished, await Works.CancelAsync("wrk_1", Now, None));
        Assert.Equal(Outcome.Silent, (await GetAsync("wrk_1")).Outcome);
        Assert.Equal(CancelResult.NotFound, await Works.CancelAsync("wrk_none", Now, None));
    }

    [Theory]
    [InlineData("defer")]
    [InlineData("release")]
    [InlineData("takeover")]
    public async Task CancelledWhileRunning_NeverGoesBackInLine(string way)
    {
        var claim = await RunningAsync("wrk_1");
        await Works.CancelAsync("wrk_1", Now, None);

        if (way == "defer")
            await Works.DeferAsync(claim, Now, Reasons.Busy, [], Event("work.deferred", "wrk_1"), None);
        else if (way == "release")
            await Works.ReleaseAsync(claim, Now, None);
        else
            await Works.TakeOverAsync(Node, Now, 9, None);

        Assert.Equal((WorkState.Finished, Outcome.Cancelled), ((await GetAsync("wrk_1")).State, (await GetAsync("wrk_1")).Outcome));
        Assert.Equal(["work.requested", "work.cancelled"], await EventsAsync("wrk_1"));
    }

    [Fact]
    public async Task CancelAndClaimAtOnce_TheWorkIsEitherEndedOrMarked()
    {
        for (var n = 0; n < 20; n++)
        {
            var id = $"wrk_{n:00}";
            await AdmitAsync(id);

            var claiming = Task.Run(() => ClaimAsync());
            var cancelling = Task.Run(() => Works.CancelAsync(id, Now, None));
            await Task.WhenAll(claiming, cancelling);

            var work = await GetAsync(id);
            Assert.True(
                await cancelling == CancelResult.Cancelled ? work.State == WorkState.Finished && (await claiming).Count == 0 : work is { State: WorkState.Running, CancelRequested: true },
                $"{await cancelling}: {work.State}");
        }
    }

    [Theory]
    [InlineData(Outcome.Failed)]
    [InlineData(Outcome.Cancelled)]
    public async Task W75_FailedOrCancelled_RunsAgainUnderTheSameIdWithAFreshJournal(Outcome outcome)
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        await Works.CommitAsync(claim, Ended(outcome, "x") with { RunId = "run_1", Error = "no", Reply = "r", Gates = [new("g", "pass", null, Now, 1)] }, None);
        Clock.Now += TimeSpan.FromMinutes(3);

        Assert.Equal(RetryResult.Waiting, await Works.RetryAsync("wrk_1", Now, None));

        var work = await GetAsync("wrk_1");
        Assert.Equal((WorkState.Waiting, (Outcome?)null, (string?)null, (string?)null, (string?)null, (DateTimeOffset?)null, Now),
            (work.State, work.Outcome, work.Reason, work.Error, work.Reply, work.FinishedAt, work.DueAt));
        Assert.Empty(work.Gates);
        Assert.Null(await Runs.LatestAsync("wrk_1", None));
        Assert.Equal(2, Assert.Single(await ClaimAsync()).Attempt);
        Assert.Equal("run_1", Assert.Single(await Runs.OfWorkAsync("wrk_1", None)).Start.Id);
        Assert.Equal("work.requested", (await EventsAsync("wrk_1"))[^1]);
        Assert.Equal(RetryResult.NotRetryable, await Works.RetryAsync("wrk_1", Now, None));
    }

    [Fact]
    public async Task W75_CancelledWhileItWaitedForItsSecondAttempt_AlsoBeginsAnew()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        await Works.DeferAsync(claim, Now.AddHours(1), Reasons.Busy, [], Event("work.deferred", "wrk_1"), None);
        await Works.CancelAsync("wrk_1", Now, None);

        await Works.RetryAsync("wrk_1", Now, None);

        Assert.False(Assert.Single(await Runs.OfWorkAsync("wrk_1", None)).IsOpen);
        Assert.Null(await Runs.LatestAsync("wrk_1", None));
    }

    [Theory]
    [InlineData(Outcome.Spoke)]
    [InlineData(Outcome.Answered)]
    [InlineData(Outcome.Silent)]
    [InlineData(Outcome.Skipped)]
    public async Task W75_OtherOutcomes_CannotBeRetried(Outcome outcome)
    {
        await Works.CommitAsync(await RunningAsync("wrk_1"), Ended(outcome), None);

        Assert.Equal(RetryResult.NotRetryable, await Works.RetryAsync("wrk_1", Now, None));
        Assert.Equal(outcome, (await GetAsync("wrk_1")).Outcome);
        Assert.Equal(RetryResult.NotFound, await Works.RetryAsync("wrk_none", Now, None));
    }

    [Fact]
    public async Task RetriedWork_OldClaimIsWorthless()
    {
        var claim = await RunningAsync("wrk_1");
        await Works.CommitAsync(claim, Ended(Outcome.Failed), None);
        await Works.RetryAsync("wrk_1", Now, None);
        await ClaimAsync();

        Assert.Equal(CommitResult.NotMine, await Works.CommitAsync(claim, Ended(), None));
        Assert.False(await Works.ReleaseAsync(claim, Now, None));
    }

    private Task ExpireLeasesAsync() => Database.WriteAsync(db => db.ExecuteAsync("UPDATE work SET lease_until = 1 WHERE state = 'running'"), None);
}

public sealed class SqliteEdgeTests : EdgeTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();

    [Fact]
    public async Task TakeOverAsync_LeaseOnTheVirtualClock_PassesWithIt()
    {
        await RunningAsync("wrk_1");
        Clock.Now += Lease;
        Assert.Empty(await Works.TakeOverAsync(null, Now, 3, None));

        Clock.Now += TimeSpan.FromMilliseconds(1);

        Assert.Single(await Works.TakeOverAsync(null, Now, 3, None));
    }
}

public sealed class PostgresEdgeTests : EdgeTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();

    [Fact]
    public async Task TakeOverAsync_ANodesClockThatRunsAhead_TakesNothing()
    {
        await RunningAsync("wrk_1");
        Clock.Now += TimeSpan.FromDays(1);

        Assert.Empty(await Works.TakeOverAsync(null, Now, 3, None));
    }
}
