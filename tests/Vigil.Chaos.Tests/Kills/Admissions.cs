using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Vigil.Chaos.Tests.Support;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>Asks for works all the time, each under a key of its own and again until somebody says "accepted".</summary>
internal sealed class Admissions(GatewayApi api)
{
    private const int Callers = 3;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<int, string> _accepted = new();
    private int _last;

    /// <summary>The works that were acknowledged, by their number.</summary>
    public IReadOnlyDictionary<int, string> Accepted => _accepted;

    /// <summary>Until told to stop; then each caller brings its last work to its end, so that nothing is left half asked for.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync(stop)));

    private async Task CallAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_pause, TimeProvider.System);
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _last);
            string? id;
            while ((id = await api.TryAdmitAsync(Body(number))) is null)
                await timer.WaitForNextTickAsync(CancellationToken.None);
            // Asked once more: the same key is the same work, whoever answers.
            if (number % 5 == 0 && await api.TryAdmitAsync(Body(number)) is { } again)
                Assert.Equal(id, again);
            _accepted[number] = id;
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    // Some share the main conversation, some one of their own, most have none.
    private static JsonObject Body(int number)
    {
        var body = new JsonObject
        {
            ["prompt"] = ChaosModel.Prompt(number),
            ["dedupeKey"] = $"chaos-{number}",
            ["notify"] = ChaosModel.SpeaksByTool(number) ? "gated" : "always",
        };
        if (number % 7 == 0)
            body["session"] = "main";
        else if (number % 3 == 0)
            body["session"] = "talk";
        return body;
    }
}
