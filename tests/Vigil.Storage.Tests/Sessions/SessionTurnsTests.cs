using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Tests.Work;

namespace Vigil.Storage.Tests.Sessions;

public abstract class SessionTurnsTests : WorkSuite
{
    protected static readonly SessionKey Chat = SessionKey.Main(AgentId.Main);

    [Fact]
    public async Task TryEnterAsync_FreeSession_IsHeldUntilItIsLeft()
    {
        Assert.True(await EnterAsync("a"));
        Assert.True(await EnterAsync("a"), "who holds it may ask again");
        Assert.False(await EnterAsync("b"));

        await Turns.LeaveAsync(Chat, "a", None);

        Assert.True(await EnterAsync("b"));
    }

    [Fact]
    public async Task TryEnterAsync_SeveralWait_TheyEnterInTheirOrder()
    {
        await EnterAsync("a");
        await EnterAsync("first");
        Clock.Now += TimeSpan.FromMilliseconds(5);
        await EnterAsync("earlier-by-name");
        await Turns.LeaveAsync(Chat, "a", None);

        Assert.False(await EnterAsync("earlier-by-name"));
        Assert.True(await EnterAsync("first"));
    }

    [Fact]
    public async Task W17_WorkRunsThere_TheAnnouncementStandsAndTheWorkStepsBack()
    {
        var claim = await RunningAsync("wrk_1");
        var session = (await GetAsync("wrk_1")).Session;

        Assert.Equal(SessionEntry.Waits, (await Turns.TryEnterAsync(session, "a", Node, TimeSpan.FromMinutes(1), Now, null, None)).Entry);
        Assert.Equal(["wrk_1"], (await Works.RenewAsync(Node, [claim], Now, Lease, None)).StepBack);
        await Works.DeferAsync(claim, Now, Reasons.Busy, [], Event("work.deferred", "wrk_1"), None);
        Assert.Empty(await ClaimAsync());

        Assert.Equal(SessionEntry.Entered, (await Turns.TryEnterAsync(session, "a", Node, TimeSpan.FromMinutes(1), Now, null, None)).Entry);
        await Turns.LeaveAsync(session, "a", None);
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task TryEnterAsync_HolderWhoseLeasePassed_IsOut()
    {
        await EnterAsync("a");
        await LaterAsync(TimeSpan.FromSeconds(31));

        Assert.True(await EnterAsync("b"));
        Assert.False(await Turns.RenewAsync(Chat, "a", TimeSpan.FromSeconds(30), Now, None));
    }

    [Fact]
    public async Task RenewAsync_KeepsTheSession()
    {
        await EnterAsync("a");
        await LaterAsync(TimeSpan.FromSeconds(20));
        Assert.True(await Turns.RenewAsync(Chat, "a", TimeSpan.FromSeconds(30), Now, None));
        await LaterAsync(TimeSpan.FromSeconds(20));

        Assert.False(await EnterAsync("b"));
    }

    [Fact]
    public async Task RenewAsync_AWorkCameInAfterTheLease_TheTurnIsLost()
    {
        var session = (await AdmitAsync("wrk_1")).Session;
        await Turns.TryEnterAsync(session, "a", Node, TimeSpan.FromSeconds(30), Now, null, None);
        await LaterAsync(TimeSpan.FromSeconds(31));
        Assert.Single(await ClaimAsync());

        Assert.False(await Turns.RenewAsync(session, "a", TimeSpan.FromSeconds(30), Now, None));
    }

    [Fact]
    public async Task PersonsAmongAsync_GivesHeldAndAnnouncedOnes()
    {
        var other = SessionKey.For(AgentId.Main, "api", "x");
        var third = SessionKey.For(AgentId.Main, "api", "y");
        await EnterAsync("a");
        await EnterAsync("b");
        await Turns.TryEnterAsync(other, "c", Node, TimeSpan.FromSeconds(5), Now, null, None);

        Assert.Equal([Chat, other], (await Turns.PersonsAmongAsync([Chat, other, third], Now, None)).OrderByDescending(key => key.Value));
        await LaterAsync(TimeSpan.FromSeconds(5));
        Assert.Equal([Chat], await Turns.PersonsAmongAsync([Chat, other, third], Now, None));
        Assert.Empty(await Turns.PersonsAmongAsync([], Now, None));
    }

    [Fact]
    public async Task TryEnterAsync_TenAtOnce_OneHolds()
    {
        var other = Backend.HasNodes ? new Vigil.Storage.Sessions.SessionTurns(await Backend.OpenAsync(Clock), new Vigil.Storage.Runs.RunBeginnings()) : Turns;

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Task.Run(() =>
            (n % 2 == 0 ? Turns : other).TryEnterAsync(Chat, $"h{n}", Node, TimeSpan.FromSeconds(30), Now, null, None))));

        var entered = answers.Select(answer => answer.Entry).ToList();
        Assert.True(entered.Count(entry => entry != SessionEntry.Waits) <= 1);
        var first = entered.Contains(SessionEntry.Entered) ? -1 : 0;
        if (first == 0)
            Assert.True(await EnterAsync("h0"));
    }

    private async Task<bool> EnterAsync(string holder) => (await Turns.TryEnterAsync(Chat, holder, Node, TimeSpan.FromSeconds(30), Now, null, None)).Entry != SessionEntry.Waits;
}

public sealed class SqliteSessionTurnsTests : SessionTurnsTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresSessionTurnsTests : SessionTurnsTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task ANodeWhoseClockIsWrong_NeitherTakesAPersonsTurnNorLosesItsOwn(int seconds)
    {
        var session = (await AdmitAsync("wrk_1")).Session;
        var wrong = Now.AddSeconds(seconds);
        await Turns.TryEnterAsync(session, "a", Node, TimeSpan.FromSeconds(30), Now, null, None);
        await Turns.TryEnterAsync(Chat, "c", Node, TimeSpan.FromSeconds(30), wrong, null, None);

        Assert.Equal(SessionEntry.Waits, (await Turns.TryEnterAsync(session, "b", "node-2", TimeSpan.FromSeconds(30), wrong, null, None)).Entry);
        Assert.Empty(await Works.ClaimAsync("node-2", 9, wrong, Lease, None));
        Assert.Empty(await ClaimAsync());
        Assert.Equal(SessionEntry.Waits, (await Turns.TryEnterAsync(Chat, "d", "node-2", TimeSpan.FromSeconds(30), Now, null, None)).Entry);
    }
}
