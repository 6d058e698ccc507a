using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Vigil.Chaos.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Tests.Shared;
using Xunit.Abstractions;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>Stops that were asked for: what runs is handed back, and no attempt is used up. One lost attempt would end a work here.</summary>
public sealed class StopTests(ITestOutputHelper output)
{
    private const int Many = 50;

    [Fact]
    public async Task StoppedDuringFiftyRunningWorks_AllGoOnAfterwardsAndNoAttemptIsUsedUp()
    {
        var never = new TaskCompletionSource();
        var stopped = false;
        await using var model = await FakeModelServer.StartAsync(request => stopped ? FakeModelReply.Say($"Done: {request.LastUserText}") : new FakeModelReply { Hold = never.Task });
        using var home = Home(new GatewayHome(model), slots: Many + 10, stopWithin: "1s");
        var works = new List<string>();
        await using (var first = await GatewayProcess.StartAsync(home))
        {
            var api = new GatewayApi(home, () => first.Address);
            for (var i = 0; i < Many; i++)
                works.Add(await api.AdmitAsync($"look {i}", notify: "always"));
            for (var i = 0; i < Many; i++)
                await model.NextAsync();
            stopped = true;
            Assert.Equal(0, await first.StopAsync());
        }
        await using var second = await GatewayProcess.StartAsync(home);
        await AllSpokeAsync(new GatewayApi(home, () => second.Address), works, ["released", "spoke"]);
        Assert.Equal(0, await second.StopAsync());
    }

    [Fact]
    public async Task TwoNodesRestartedInTurnUnderLoad_NothingIsLostAndNoAttemptIsUsedUp()
    {
        var postgres = await PostgresServer.GetAsync();
        var schema = PostgresServer.NewSchema();
        try
        {
            await using var model = await FakeModelServer.StartAsync(request => new FakeModelReply { Text = $"Done: {request.LastUserText}", Hold = Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System) });
            using var home = Home(new GatewayHome(model, postgres: postgres.Connection, schema: schema), slots: 8, stopWithin: "200ms");
            GatewayProcess[] nodes = [await GatewayProcess.StartAsync(home), await GatewayProcess.StartAsync(home)];
            var turn = 0;
            var api = new GatewayApi(home, () => nodes[Interlocked.Increment(ref turn) % 2].Address);
            var works = new ConcurrentBag<string>();
            using var stop = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, 4).Select(caller => AskAsync(api, works, caller, stop.Token)));
            for (var i = 0; i < nodes.Length; i++)
            {
                var before = works.Count;
                await Until.IsTrueAsync("works that run", () => Task.FromResult(works.Count >= before + Many / 2), () => nodes[i].Output);
                var old = nodes[i];
                Assert.Equal(0, await old.StopAsync());
                nodes[i] = await GatewayProcess.StartAsync(home);
                await old.DisposeAsync();
            }
            await stop.CancelAsync();
            await load;
            var released = await AllSpokeAsync(api, [.. works], null);
            output.WriteLine($"{works.Count} works, {released} of them handed back by a stop.");
            foreach (var node in nodes)
            {
                Assert.Equal(0, await node.StopAsync());
                await node.DisposeAsync();
            }
        }
        finally
        {
            await postgres.DropAsync(schema);
        }
    }

    private static GatewayHome Home(GatewayHome home, int slots, string stopWithin)
    {
        home.Environment["VIGIL__GATEWAY__WORK__SLOTS"] = $"{slots}";
        home.Environment["VIGIL__GATEWAY__WORK__STOPWITHIN"] = stopWithin;
        home.Environment["VIGIL__GATEWAY__WORK__ATTEMPTS"] = "1";
        return home;
    }

    // The node that is asked may be the one that restarts: asked again under the same key until somebody says "accepted".
    private static async Task AskAsync(GatewayApi api, ConcurrentBag<string> works, int caller, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            string? id;
            while ((id = await api.TryAdmitAsync(new JsonObject { ["prompt"] = $"look {caller}-{i}", ["dedupeKey"] = $"{caller}-{i}", ["notify"] = "always" })) is null)
                await timer.WaitForNextTickAsync(CancellationToken.None);
            works.Add(id);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task<int> AllSpokeAsync(GatewayApi api, IReadOnlyCollection<string> works, IReadOnlyList<string>? attempts)
    {
        await Until.IsTrueAsync("the end of all works", async () => (await api.GetAsync("/api/work?state=waiting,running&limit=1"))["items"]!.AsArray().Count == 0);
        var released = 0;
        foreach (var id in works)
        {
            var work = await api.GetAsync($"/api/work/{id}");
            Assert.True(work["outcome"]!.GetValue<string>() == "spoke", work.ToJsonString());
            var states = work["attempts"]!.AsArray().Select(attempt => attempt!["state"]!.GetValue<string>()).ToList();
            Assert.DoesNotContain("lost", states);
            if (attempts is not null)
                Assert.Equal(attempts, states);
            released += states.Contains("released") ? 1 : 0;
        }
        Assert.Equal(works.Order(), (await api.AllAsync("/api/work")).Select(one => one["id"]!.GetValue<string>()).Order());
        Assert.Equal(works.Count, (await api.AllAsync("/api/inbox")).Count);
        Assert.Equal(works.Count, (await api.AllAsync("/api/events")).Count(one => one["type"]!.GetValue<string>() == "work.done"));
        return released;
    }
}
