using Vigil.Chaos.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Tests.Shared;
using Xunit.Abstractions;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>Two nodes on one PostgreSQL, of which one dies or freezes.</summary>
public sealed class ClusterTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly int s_kills = Seeds.Kills(10);

    private readonly string _schema = PostgresServer.NewSchema();
    private PostgresServer _postgres = null!;
    private WebhookReceiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.GetAsync();
        _receiver = await WebhookReceiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _postgres.DropAsync(_schema);
    }

    [Fact]
    public async Task OneOfTwoNodesKilledAgainAndAgain_EveryAcknowledgedWorkEndsOnceAndIsToldOnce()
    {
        var seed = Seeds.New(output);
        var random = Seeds.Random(seed);
        var model = new ChaosModel(Seeds.Random(seed + 1));
        await using var server = await FakeModelServer.StartAsync(model.Answer);
        using var home = new GatewayHome(server, _receiver, _postgres.Connection, _schema);
        GatewayProcess[] nodes = [await GatewayProcess.StartAsync(home), await GatewayProcess.StartAsync(home)];
        var turn = 0;
        var api = new GatewayApi(home, () => nodes[Interlocked.Increment(ref turn) % 2].Address);
        var admissions = new Admissions(api);
        using var stop = new CancellationTokenSource();
        var admitting = admissions.RunAsync(stop.Token);
        for (var kill = 0; kill < s_kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 800)), TimeProvider.System);
            var dead = nodes[kill % 2];
            await dead.KillAsync();
            nodes[kill % 2] = GatewayProcess.Begin(home);
            await dead.DisposeAsync();
            Assert.True(await nodes[kill % 2].ReadyAsync(), nodes[kill % 2].Output);
        }
        await stop.CancelAsync();
        await admitting;
        output.WriteLine($"{admissions.Accepted.Count} works accepted, {model.Asked.Count} model calls.");

        await Reckoning.HoldsAsync(api, home, admissions, model, _receiver, () => nodes[0].Output + nodes[1].Output);
        foreach (var node in nodes)
        {
            Assert.Equal(0, await node.StopAsync());
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task W19_ANodeThatFrozeFindsItsWorkTakenOverAndItsLateReplyRefused()
    {
        var late = new TaskCompletionSource();
        var calls = 0;
        await using var server = await FakeModelServer.StartAsync(_ => Interlocked.Increment(ref calls) == 1
            ? FakeModelReply.Stall(late.Task, "late words")
            : FakeModelReply.Say("timely words"));
        using var home = new GatewayHome(server, _receiver, _postgres.Connection, _schema);
        await using var frozen = await GatewayProcess.StartAsync(home);
        var work = await new GatewayApi(home, () => frozen.Address).AdmitAsync("say something", notify: "always");
        await server.NextAsync();
        await frozen.FreezeAsync();
        await using var other = await GatewayProcess.StartAsync(home);
        var api = new GatewayApi(home, () => other.Address);
        await api.FinishedAsync(work);
        late.SetResult();
        await frozen.ThawAsync();
        await frozen.SaysAsync("lost its claim");

        var shown = await api.GetAsync($"/api/work/{work}");
        Assert.Equal("timely words", shown["reply"]!.GetValue<string>());
        Assert.Equal("spoke", shown["outcome"]!.GetValue<string>());
        Assert.Equal(["lost", "spoke"], shown["attempts"]!.AsArray().Select(attempt => attempt!["state"]!.GetValue<string>()));
        Assert.Equal(["timely words"], (await api.AllAsync("/api/inbox")).Select(one => one["text"]!.GetValue<string>()));
        Assert.Single(await api.AllAsync("/api/events"), one => one["type"]!.GetValue<string>() == "work.done");
        await Until.IsTrueAsync("the delivery", () => Task.FromResult(_receiver.Received.Count > 0));
        Assert.Single(_receiver.Received);
        Assert.Equal(2, server.Requests.Count);
    }
}
