using Vigil.Agents;
using Vigil.Storage.Responses;

namespace Vigil.Storage.Tests.Responses;

public abstract class ApiSessionsTests : StoreSuite
{
    private static readonly AgentId s_other = AgentId.Parse("other");

    private ApiSessions Sessions => new(Database, Clock);

    [Fact]
    public async Task P33_BindAsync_TheFirstDecidesForGood()
    {
        Assert.Null(await Sessions.FindAsync("s", None));
        Assert.Equal(AgentId.Main, await Sessions.BindAsync("s", AgentId.Main, None));
        Assert.Equal(AgentId.Main, await Sessions.BindAsync("s", s_other, None));
        Assert.Equal(s_other, await Sessions.BindAsync("t", s_other, None));
        await Database.DisposeAsync();

        Assert.Equal(AgentId.Main, await new ApiSessions(await Backend.OpenAsync(Clock), Clock).FindAsync("s", None));
    }

    [Fact]
    public async Task BindAsync_OfManyAtOnce_AllHearTheSame()
    {
        var bound = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Sessions.BindAsync("s", i % 2 == 0 ? AgentId.Main : s_other, None)));

        Assert.Single(bound.Distinct());
        Assert.Equal(bound[0], await Sessions.FindAsync("s", None));
    }

    [Fact]
    public async Task BindAsync_NamesThatDifferInCaseOrAccent_AreTwo()
    {
        await Sessions.BindAsync("Äs", AgentId.Main, None);

        Assert.Equal(s_other, await Sessions.BindAsync("äs", s_other, None));
        Assert.Null(await Sessions.FindAsync("as", None));
    }
}

public sealed class SqliteApiSessionsTests : ApiSessionsTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresApiSessionsTests : ApiSessionsTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
