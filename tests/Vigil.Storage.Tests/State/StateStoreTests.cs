using Vigil.Agents;
using Vigil.State;
using Vigil.Storage.State;

namespace Vigil.Storage.Tests.State;

public abstract class StateStoreTests : StoreSuite
{
    private StateStore State => new(Database);

    [Fact]
    public async Task ApplyAsync_SetsReplacesAndRemoves()
    {
        await State.ApplyAsync([Set("a", "1"), Set("b", "2")], None);
        await State.ApplyAsync([Set("a", """{"x":"ä"}"""), Set("b", null), Set("none", null)], None);

        Assert.Equal("""{"x":"ä"}""", await State.GetAsync(AgentId.Main, "checks", "a", None));
        Assert.Null(await State.GetAsync(AgentId.Main, "checks", "b", None));
        Assert.Equal(["a"], (await State.AllAsync(AgentId.Main, "checks", None)).Keys);
    }

    [Fact]
    public async Task AllAsync_IsOfOneAgentAndOneArea()
    {
        await State.ApplyAsync([Set("a", "1"), Set("a", "2") with { Area = "probes" }, Set("a", "3") with { Agent = AgentId.Parse("other") }], None);

        Assert.Equal(new Dictionary<string, string> { ["a"] = "1" }, await State.AllAsync(AgentId.Main, "checks", None));
        Assert.Empty(await State.AllAsync(AgentId.Main, "nothing", None));
    }

    [Fact]
    public async Task BothAsync_KeepsTheAreasApart_AndReadsNoOther()
    {
        await State.ApplyAsync([Set("a", "1"), Set("a", "2") with { Area = "probes" }, Set("b", "3") with { Area = "others" }, Set("c", "4") with { Agent = AgentId.Parse("other") }], None);

        var (checks, probes) = await State.BothAsync(AgentId.Main, "checks", "probes", None);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "1" }, checks);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "2" }, probes);
    }

    [Fact]
    public async Task State_SurvivesARestart()
    {
        await State.ApplyAsync([Set("a", "1")], None);
        await Database.DisposeAsync();

        Assert.Equal("1", await new StateStore(await Backend.OpenAsync(Clock)).GetAsync(AgentId.Main, "checks", "a", None));
    }

    private static StateChange Set(string key, string? json) => new(AgentId.Main, "checks", key, json);
}

public sealed class SqliteStateStoreTests : StateStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresStateStoreTests : StateStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
