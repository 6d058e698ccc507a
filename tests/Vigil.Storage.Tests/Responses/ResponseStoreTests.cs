using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Api;
using Vigil.Storage.Responses;

namespace Vigil.Storage.Tests.Responses;

public abstract class ResponseStoreTests : StoreSuite
{
    private ResponseStore Responses => new(Database, Clock);

    [Fact]
    public async Task FindAsync_AfterARestart_IsAsGiven()
    {
        var given = Response("resp_1", null, "hello") with
        {
            Session = SessionKey.For(AgentId.Main, "api", "s"),
            Messages =
            [
                new(ChatRole.User, [new TextContent("look"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")]),
                new(ChatRole.Assistant, [new FunctionCallContent("call_1", "look", new Dictionary<string, object?> { ["where"] = "hëre" })]),
                new(ChatRole.Tool, [new FunctionResultContent("call_1", "a cat")]),
                new(ChatRole.Assistant, "a cat"),
            ],
        };
        await Responses.AddAsync(given, None);
        await Database.DisposeAsync();

        var found = await new ResponseStore(await Backend.OpenAsync(Clock), Clock).FindAsync("resp_1", None);

        Assert.Equal((given.Id, given.Agent, given.Session, given.Previous, given.CreatedAt, given.Json), (found!.Id, found.Agent, found.Session, found.Previous, found.CreatedAt, found.Json));
        Assert.Equal(["look", "", "", "a cat"], found.Messages.Select(message => message.Text));
        Assert.Equal([1, 2, 3], found.Messages[0].Contents.OfType<DataContent>().Single().Data.ToArray());
        Assert.Equal("call_1", found.Messages[1].Contents.OfType<FunctionCallContent>().Single().CallId);
        Assert.Equal("a cat", found.Messages[2].Contents.OfType<FunctionResultContent>().Single().Result?.ToString());
    }

    [Fact]
    public async Task P38_HistoryAsync_OfTwoBranches_EachHasItsOwn()
    {
        await Responses.AddAsync(Response("a", null, "one"), None);
        await Responses.AddAsync(Response("b", "a", "two"), None);
        await Responses.AddAsync(Response("c", "a", "other"), None);
        await Responses.AddAsync(Response("d", "b", "three"), None);

        Assert.Equal(["one", "two", "three"], await TextsAsync("d"));
        Assert.Equal(["one", "other"], await TextsAsync("c"));
        Assert.Empty(await TextsAsync("unknown"));
    }

    [Fact]
    public async Task HistoryAsync_AfterALinkIsGone_BeginsBehindIt()
    {
        await Responses.AddAsync(Response("a", null, "one"), None);
        await Responses.AddAsync(Response("b", "a", "two"), None);
        await Responses.AddAsync(Response("c", "b", "three"), None);

        Assert.True(await Responses.DeleteAsync("b", None));
        Assert.False(await Responses.DeleteAsync("b", None));

        Assert.Equal(["three"], await TextsAsync("c"));
        Assert.Null(await Responses.FindAsync("b", None));
    }

    [Fact]
    public async Task HistoryAsync_OfALongChain_IsInItsOrder()
    {
        for (var i = 0; i < 300; i++)
            await Responses.AddAsync(Response($"r{i}", i == 0 ? null : $"r{i - 1}", $"{i}"), None);

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), await TextsAsync("r299"));
    }

    [Fact]
    public async Task PruneAsync_RemovesWhatIsOlderThanThirtyDays()
    {
        await Responses.AddAsync(Response("old", null, "one"), None);
        Clock.Now = Clock.Now.AddMilliseconds(1);
        await Responses.AddAsync(Response("new", "old", "two"), None);
        Clock.Now = Clock.Now.AddDays(30).AddMilliseconds(-1);

        Assert.Equal(1, await Responses.PruneAsync(None));

        Assert.Null(await Responses.FindAsync("old", None));
        Assert.Equal(["two"], await TextsAsync("new"));
    }

    [Fact]
    public async Task AddAsync_TextThatNoDatabaseTakes_IsKept()
    {
        await Responses.AddAsync(Response("odd", null, "a\0b\ud800c") with { Json = "{\"x\":\"\0\"}" }, None);

        var found = await Responses.FindAsync("odd", None);

        Assert.StartsWith("a", found!.Messages.Single().Text, StringComparison.Ordinal);
    }

    private async Task<IEnumerable<string>> TextsAsync(string id) => (await Responses.HistoryAsync(id, None)).Select(message => message.Text);

    private StoredResponse Response(string id, string? previous, string text) => new(id, AgentId.Main, null, previous, Clock.Now, [new(ChatRole.User, text)], $$"""{ "id": "{{id}}" }""");
}

public sealed class SqliteResponseStoreTests : ResponseStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresResponseStoreTests : ResponseStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
