using Vigil.Agents;
using Vigil.Storage.Tools;
using Vigil.Tools.Shell;

namespace Vigil.Storage.Tests.Tools;

public abstract class CommandStoreTests : StoreSuite
{
    private CommandStore Store => new(Database);

    [Fact]
    public async Task AddAsync_AsManyAsAllowed_OneMoreIsNotWritten()
    {
        Assert.True(await Store.AddAsync(Command("a"), 2, None));
        Assert.True(await Store.AddAsync(Command("b"), 2, None));
        Assert.False(await Store.AddAsync(Command("c"), 2, None));
        Assert.True(await Store.AddAsync(Command("d") with { Agent = AgentId.Parse("other") }, 2, None));

        Assert.True(await Store.EndAsync("a", "done", None));
        Assert.True(await Store.AddAsync(Command("c"), 2, None));

        Assert.Equal([Command("a") with { Report = "done" }, Command("b"), Command("c")], await Store.OfAgentAsync(AgentId.Main, None));
    }

    [Fact]
    public async Task AddAsync_ManyAtOnce_NeverMoreThanAllowed()
    {
        var others = await Task.WhenAll(Enumerable.Range(0, Backend.HasNodes ? 3 : 0).Select(_ => Backend.OpenAsync(Clock)));
        CommandStore[] nodes = [Store, Store, .. others.Select(database => new CommandStore(database))];

        var added = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => nodes[i % nodes.Length].AddAsync(Command($"c{i}"), 3, None))));

        Assert.Equal(3, added.Count(one => one));
        Assert.Equal(3, (await Store.OfAgentAsync(AgentId.Main, None)).Count);
    }

    [Fact]
    public async Task EndAsync_OnlyTheFirstReportCounts_AndNoneOfARowThatIsGone()
    {
        await Store.AddAsync(Command("a"), 2, None);

        var ended = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() => Store.EndAsync("a", $"report {i}", None))));

        Assert.Single(ended, one => one);
        Assert.True(await Store.RemoveAsync("a", None));
        Assert.False(await Store.RemoveAsync("a", None));
        Assert.False(await Store.EndAsync("a", "late", None));
        Assert.Empty(await Store.OfAgentAsync(AgentId.Main, None));
    }

    [Fact]
    public async Task LeftAsync_TheUntoldAndThoseOfDeadNodes()
    {
        await Store.AddAsync(Command("lives"), 9, None);
        await Store.AddAsync(Command("ended"), 9, None);
        await Store.AddAsync(Command("dead") with { Node = "gone" }, 9, None);
        await Store.EndAsync("ended", "exit code 0 \0 ä", None);

        Assert.Equal(["dead", "ended"], (await Store.LeftAsync(["n1", "n2"], None)).Select(command => command.Id));
        Assert.Equal(["dead", "ended", "lives"], (await Store.LeftAsync([], None)).Select(command => command.Id));
        Assert.Equal(["lives"], (await Store.OfNodeAsync("n1", None)).Select(command => command.Id));
    }

    private BackgroundCommand Command(string id) => new(id, AgentId.Main, "n1", "make all", Clock.Now);
}

public sealed class SqliteCommandStoreTests : CommandStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresCommandStoreTests : CommandStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
