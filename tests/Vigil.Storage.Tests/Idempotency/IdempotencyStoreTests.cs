using Vigil.Api;
using Vigil.Storage.Idempotency;

namespace Vigil.Storage.Tests.Idempotency;

public abstract class IdempotencyStoreTests : StoreSuite
{
    private static readonly IdempotentRequest s_request = new("key_1", "k", "/v1/chat/completions", "vigil/main", "s\n\n", "hash");

    private IdempotencyStore Keys => new(Database, Clock);

    [Fact]
    public async Task BeginAsync_OfMany_OneRunsIt()
    {
        var states = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => BeginAsync()));

        Assert.Single(states, state => state.Mine);
        Assert.All(states, state => Assert.Null(state.Answer ?? state.Differs));
    }

    [Fact]
    public async Task P51_CompleteAsync_TheAnswerIsToldAlsoAfterARestart()
    {
        await BeginAsync();
        await Keys.CompleteAsync(s_request, "one", """{ "said": "äöü " }""", None);
        await Database.DisposeAsync();

        var again = await new IdempotencyStore(await Backend.OpenAsync(Clock), Clock).BeginAsync(s_request, "two", ["two"], None);

        Assert.Equal((false, """{ "said": "äöü " }""", null), (again.Mine, again.Answer, again.Differs));
    }

    [Theory]
    [InlineData("path")]
    [InlineData("agent")]
    [InlineData("headers")]
    [InlineData("body")]
    public async Task P52_BeginAsync_AnotherRequestWithTheKey_SaysWhatDiffers(string what)
    {
        var other = what switch
        {
            "path" => s_request with { Path = "/v1/responses" },
            "agent" => s_request with { Model = "vigil/other" },
            "headers" => s_request with { Headers = "t\n\n" },
            _ => s_request with { BodyHash = "other" },
        };
        await BeginAsync();

        var running = await Keys.BeginAsync(other, "one", ["one"], None);
        await Keys.CompleteAsync(s_request, "one", "done", None);
        var ended = await Keys.BeginAsync(other, "one", ["one"], None);

        foreach (var state in new[] { running, ended })
        {
            Assert.False(state.Mine);
            Assert.Null(state.Answer);
            Assert.Contains(what, state.Differs, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task P53_AbandonAsync_TheNextRunsItAgain()
    {
        await BeginAsync();
        await Keys.AbandonAsync(s_request, "one", None);

        Assert.True((await Keys.BeginAsync(s_request with { BodyHash = "other" }, "one", ["one"], None)).Mine);
    }

    [Fact]
    public async Task AbandonAsync_ByAnotherNodeOrAfterTheAnswer_ChangesNothing()
    {
        await BeginAsync();
        await Keys.AbandonAsync(s_request, "two", None);
        Assert.False((await BeginAsync()).Mine);

        await Keys.CompleteAsync(s_request, "one", "done", None);
        await Keys.AbandonAsync(s_request, "one", None);
        Assert.Equal("done", (await BeginAsync()).Answer);
    }

    [Fact]
    public async Task P54_BeginAsync_OfTwoCallers_DoNotMeet()
    {
        Assert.True((await BeginAsync()).Mine);
        Assert.True((await Keys.BeginAsync(s_request with { Caller = "key_2", BodyHash = "other" }, "one", ["one"], None)).Mine);
        await Keys.CompleteAsync(s_request, "one", "first", None);

        Assert.Null((await Keys.BeginAsync(s_request with { Caller = "key_2", BodyHash = "other" }, "one", ["one"], None)).Answer);
    }

    [Fact]
    public async Task BeginAsync_ItsNodeIsGone_IsTakenOverByOne()
    {
        await BeginAsync();

        Assert.False((await Keys.BeginAsync(s_request, "two", ["one", "two"], None)).Mine);
        var after = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Keys.BeginAsync(s_request, "two", ["two"], None)));
        Assert.Single(after, state => state.Mine);

        await Keys.CompleteAsync(s_request, "one", "late", None);
        Assert.Null((await Keys.BeginAsync(s_request, "two", ["two"], None)).Answer);
        await Keys.CompleteAsync(s_request, "two", "done", None);
        Assert.Equal("done", (await BeginAsync()).Answer);
    }

    [Fact]
    public async Task BeginAsync_NobodyIsSaidToLive_IsTakenOver()
    {
        await BeginAsync();

        Assert.True((await Keys.BeginAsync(s_request, "two", [], None)).Mine);
    }

    [Fact]
    public async Task BeginAsync_ADayAfterTheAnswer_RunsItAgain()
    {
        await BeginAsync();
        Clock.Now = Clock.Now.AddHours(1);
        await Keys.CompleteAsync(s_request, "one", "done", None);
        Clock.Now = Clock.Now.AddHours(24).AddMilliseconds(-1);
        Assert.Equal("done", (await BeginAsync()).Answer);
        Clock.Now = Clock.Now.AddMilliseconds(1);

        Assert.True((await Keys.BeginAsync(s_request with { BodyHash = "other" }, "one", ["one"], None)).Mine);
    }

    [Fact]
    public async Task PruneAsync_RemovesWhatIsOver()
    {
        await BeginAsync();
        await Keys.CompleteAsync(s_request, "one", "done", None);
        Clock.Now = Clock.Now.AddHours(12);
        await Keys.BeginAsync(s_request with { Key = "later" }, "one", ["one"], None);
        Assert.Equal(0, await Keys.PruneAsync(None));
        Clock.Now = Clock.Now.AddHours(12);

        Assert.Equal(1, await Keys.PruneAsync(None));
        Assert.False((await Keys.BeginAsync(s_request with { Key = "later" }, "one", ["one"], None)).Mine);
    }

    [Fact]
    public async Task BeginAsync_TextThatNoDatabaseTakes_IsKeptAndFoundAgain()
    {
        var odd = s_request with { Model = "vigil/\0\ud800", Headers = "\udc00\0" };

        Assert.True((await Keys.BeginAsync(odd, "one", ["one"], None)).Mine);
        await Keys.CompleteAsync(odd, "one", "a\0b", None);

        Assert.NotNull((await Keys.BeginAsync(odd, "one", ["one"], None)).Answer);
    }

    private Task<IdempotencyState> BeginAsync() => Keys.BeginAsync(s_request, "one", ["one"], None);
}

public sealed class SqliteIdempotencyStoreTests : IdempotencyStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresIdempotencyStoreTests : IdempotencyStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
