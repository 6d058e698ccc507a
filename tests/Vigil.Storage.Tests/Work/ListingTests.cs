using Vigil.Agents;
using Vigil.Errors;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

public abstract class ListingTests : WorkSuite
{
    [Fact]
    public async Task ListAsync_Pages_GiveEachWorkOnceNewestFirst()
    {
        for (var n = 0; n < 7; n++)
        {
            await AdmitAsync($"wrk_{n}");
            if (n % 2 == 0)
                Clock.Now += TimeSpan.FromSeconds(1);
        }

        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await Works.ListAsync(new WorkFilter(), after, 3, None);
            Assert.True(page.Items.Count <= 3);
            seen.AddRange(page.Items.Select(work => work.Id));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(["wrk_6", "wrk_5", "wrk_4", "wrk_3", "wrk_2", "wrk_1", "wrk_0"], seen);
    }

    [Fact]
    public async Task ListAsync_Filters_GiveWhatTheySay()
    {
        await AdmitAsync("wrk_1", agent: "a");
        await Works.AdmitAsync(Asked("wrk_2", "b") with { Work = Asked("wrk_2", "b").Work with { Source = "cron", Origin = "nightly" } }, None);
        await AdmitAsync("wrk_3", agent: "c", session: "shared", parent: "wrk_1");
        var claimed = await ClaimAsync(slots: 1);
        await Works.CommitAsync(Claim(claimed[0]), Ended(Outcome.Skipped, Reasons.Busy), None);
        Clock.Now += TimeSpan.FromSeconds(1);
        await AdmitAsync("wrk_4", agent: "a");

        Assert.Equal(["wrk_4", "wrk_1"], await IdsAsync(new() { Agents = [AgentId.Parse("a")] }));
        Assert.Equal(["wrk_4", "wrk_2", "wrk_1"], await IdsAsync(new() { Agents = [AgentId.Parse("a"), AgentId.Parse("b")] }));
        Assert.Empty(await IdsAsync(new() { Agents = [] }));
        Assert.Equal(["wrk_2"], await IdsAsync(new() { Sources = ["cron"] }));
        Assert.Equal(["wrk_2"], await IdsAsync(new() { Origin = "nightly" }));
        Assert.Equal(["wrk_3"], await IdsAsync(new() { Session = "agent:c:work:shared" }));
        Assert.Equal(["wrk_3"], await IdsAsync(new() { ParentId = "wrk_1" }));
        Assert.Equal(["wrk_1"], await IdsAsync(new() { States = [WorkState.Finished] }));
        Assert.Equal(["wrk_4", "wrk_3", "wrk_2", "wrk_1"], await IdsAsync(new() { States = [WorkState.Finished, WorkState.Waiting] }));
        Assert.Equal(["wrk_1"], await IdsAsync(new() { Outcomes = [Outcome.Skipped], Reason = Reasons.Busy }));
        Assert.Equal(["wrk_4"], await IdsAsync(new() { From = Now }));
        Assert.Equal(["wrk_3", "wrk_2", "wrk_1"], await IdsAsync(new() { To = Now }));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("12")]
    [InlineData(".x")]
    public async Task ListAsync_ForeignCursor_IsTheCallersFault(string after)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => Works.ListAsync(new WorkFilter(), after, 3, None));

        Assert.Equal(("after", FaultKind.Invalid), (fault.Fault.Parameter, fault.Fault.Kind));
    }

    [Fact]
    public async Task PruneAsync_RemovesOldFinishedWorksWithAllThatIsTheirs()
    {
        var old = await RunningAsync("wrk_old");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_old")), old, None);
        await Runs.AppendAsync("run_1", "run_1", new() { Number = 1, Kind = Vigil.Turns.StepKind.Reply, At = Now, Message = new(Microsoft.Extensions.AI.ChatRole.Assistant, "x") }, old, None);
        await Works.CommitAsync(old, Ended() with { RunId = "run_1", Gates = [new("g", "pass", null, Now, 1)] }, None);
        Clock.Now += TimeSpan.FromDays(1);
        await Works.CommitAsync(await RunningAsync("wrk_new"), Ended() with { Gates = [new("g", "pass", null, Now, 1)] }, None);
        await AdmitAsync("wrk_waiting");

        Assert.Equal(1, await Works.PruneAsync(Now, None));

        Assert.Null(await Works.GetAsync("wrk_old", None));
        Assert.Equal((2L, 1L, 0L, 0L), (await CountAsync("work"), await CountAsync("work_gates"), await CountAsync("run"), await CountAsync("run_step")));
        Assert.Equal(0, await Works.PruneAsync(Now, None));
    }

    [Fact]
    public async Task PruneAsync_MoreThanABatch_RemovesThemAll()
    {
        await Works.AdmitManyAsync([.. Enumerable.Range(0, 450).Select(n => Asked($"wrk_{n}"))], None);
        var claimed = await ClaimAsync(slots: 450);
        await Works.CommitSkippedAsync([.. claimed.Select(work => (Claim(work), Ended(Outcome.Skipped, Reasons.Paused)))], None);

        Assert.Equal(450, await Works.PruneAsync(Now.AddSeconds(1), None));
        Assert.Equal(0, await CountAsync("work"));
    }

    private async Task<IEnumerable<string>> IdsAsync(WorkFilter filter) => (await Works.ListAsync(filter, null, 50, None)).Items.Select(work => work.Id);
}

public sealed class SqliteListingTests : ListingTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresListingTests : ListingTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
