using Vigil.Chaos.Tests.Support;
using Vigil.Testing.Models;
using Xunit.Abstractions;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>One gateway on SQLite that dies again and again while works keep coming.</summary>
public sealed class SingleGatewayTests(ITestOutputHelper output)
{
    private static readonly int s_kills = Seeds.Kills(50);

    [Fact]
    public async Task KilledFiftyTimesAtRandom_EveryAcknowledgedWorkEndsOnceAndIsToldOnce()
    {
        var seed = Seeds.New(output);
        var random = Seeds.Random(seed);
        var model = new ChaosModel(Seeds.Random(seed + 1));
        await using var server = await FakeModelServer.StartAsync(model.Answer);
        await using var receiver = await WebhookReceiver.StartAsync();
        using var home = new GatewayHome(server, receiver);
        GatewayProcess? current = null;
        var api = new GatewayApi(home, () => current?.Address);
        var admissions = new Admissions(api);
        using var stop = new CancellationTokenSource();
        // The key must be there before anybody can ask.
        current = await GatewayProcess.StartAsync(home);
        var admitting = admissions.RunAsync(stop.Token);
        for (var kill = 1; kill <= s_kills; kill++)
        {
            // Now and then it does not even get ready.
            if (kill % 6 != 0)
                Assert.True(await current.ReadyAsync(), current.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 800)), TimeProvider.System);
            await current.KillAsync();
            await current.DisposeAsync();
            current = GatewayProcess.Begin(home);
        }
        Assert.True(await current.ReadyAsync(), current.Output);
        await stop.CancelAsync();
        await admitting;
        output.WriteLine($"{s_kills} kills, {admissions.Accepted.Count} works accepted, {model.Asked.Count} model calls.");

        await Reckoning.HoldsAsync(api, home, admissions, model, receiver, () => current.Output);
        Assert.Equal(0, await current.StopAsync());
        await current.DisposeAsync();
    }
}
