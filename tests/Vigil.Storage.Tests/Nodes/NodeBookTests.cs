using Vigil.Nodes;
using Vigil.Storage.Nodes;
using Vigil.Storage.Tests.Work;

namespace Vigil.Storage.Tests.Nodes;

public abstract class NodeBookTests : WorkSuite
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private NodeBook Book => new(Database);

    [Fact]
    public async Task SignAsync_Again_KeepsOneRowWithTheNewestWord()
    {
        await Book.SignAsync(Sign("a"), Now, s_hour, None);
        await Book.SignAsync(Sign("a") with { Slots = 8 }, Now, s_hour, None);

        Assert.Equal(Sign("a") with { Slots = 8 }, Assert.Single(await Book.ListAsync(Now, None)).Sign);
    }

    [Fact]
    public async Task LeaveAsync_TakesOnlyThatNode()
    {
        await Book.SignAsync(Sign("a"), Now, s_hour, None);
        await Book.SignAsync(Sign("b"), Now, s_hour, None);

        await Book.LeaveAsync("a", None);

        Assert.Equal("b", Assert.Single(await Book.ListAsync(Now, None)).Sign.Id);
    }

    [Fact]
    public async Task SignAsync_ForgetsWhoWasSilentForTooLong()
    {
        await Book.SignAsync(Sign("gone"), Now, s_hour, None);
        await SilenceAsync("gone", TimeSpan.FromHours(2));
        await Book.SignAsync(Sign("dead"), Now, s_hour, None);
        await SilenceAsync("dead", TimeSpan.FromMinutes(30));

        await Book.SignAsync(Sign("lives"), Now, s_hour, None);

        var nodes = (await Book.ListAsync(Now, None)).ToDictionary(node => node.Sign.Id);
        Assert.Equal(["dead", "lives"], nodes.Keys.Order());
        Assert.InRange(nodes["dead"].Silent, TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(31));
        Assert.InRange(nodes["lives"].Silent, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task RunningAsync_CountsWhatEachNodeHolds()
    {
        Assert.Empty(await Book.RunningAsync(None));
        await RunningAsync("wrk_1");
        await RunningAsync("wrk_2");
        await AdmitAsync("wrk_3");
        await ClaimAsync(node: "node-2");
        await AdmitAsync("wrk_waits");

        Assert.Equal(new Dictionary<string, int> { [Node] = 2, ["node-2"] = 1 }, await Book.RunningAsync(None));
    }

    private Task<int> SilenceAsync(string id, TimeSpan time)
        => Database.WriteAsync(db => db.ExecuteAsync("UPDATE gateway_node SET last_seen = last_seen - @ms WHERE id = @id", new { id, ms = (long)time.TotalMilliseconds }), None);

    private static NodeSign Sign(string id) => new(id, "alpha", "1.2.3", new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero), 4);
}

public sealed class SqliteNodeBookTests : NodeBookTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresNodeBookTests : NodeBookTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
