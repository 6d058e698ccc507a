using System.Globalization;
using System.Text;
using Vigil.Bench.Agents;

namespace Vigil.Bench.Dashboard;

/// <summary>What open dashboards cost: memory before anybody looked, after each page was seen, and with one and ten people who hold their pages open; and the processor time of that.</summary>
internal static class ViewersBench
{
    private const int Many = 10;
    private const int BusyPerSecond = 5;

    private static readonly TimeSpan s_busy = TimeSpan.FromSeconds(15);
    private static readonly string[] s_pages = ["/", "/inbox", "/work", "/heartbeats", "/schedules", "/agents", "/cost", "/system", $"/chat/{FilledHome.Agents[0]}", $"/heartbeats/{FilledHome.Agents[0]}"];

    public static async Task RunAsync(string[] args)
    {
        var held = TimeSpan.FromSeconds(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 30);
        using var filled = await FilledHome.MakeAsync(100_000, 1_000_000);
        using var gateway = await BenchGateway.StartAsync(filled.Home, args.Length > 1 ? args[1] : null);
        await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System);
        await HoldAsync(gateway, 0, held, "nobody ever looked");
        using (var person = await SignedIn.OpenAsync(gateway))
            await person.PageAsync("/");
        await HoldAsync(gateway, 1, held, "1 viewer of Today");
        using (var person = await SignedIn.OpenAsync(gateway))
            foreach (var page in s_pages)
                await person.PageAsync(page);
        await HoldAsync(gateway, 0, held, "each page was seen once");
        await HoldAsync(gateway, 1, held, "1 viewer");
        await HoldAsync(gateway, Many, held, $"{Many} viewers");
        await HoldAsync(gateway, 0, s_busy, "nobody, events come", BusyPerSecond);
        await HoldAsync(gateway, 1, s_busy, "1 stream, events come", BusyPerSecond);
        await HoldAsync(gateway, Many, s_busy, $"{Many} streams, events come", BusyPerSecond);
    }

    private static async Task HoldAsync(BenchGateway gateway, int viewers, TimeSpan time, string what, int busyPerSecond = 0)
    {
        var people = new List<SignedIn>();
        var streams = new List<Task<long>>();
        using var stop = new CancellationTokenSource();
        for (var n = 0; n < viewers; n++)
        {
            people.Add(await SignedIn.OpenAsync(gateway));
            streams.Add(CountAsync(await people[n].LiveAsync(), stop.Token));
        }
        var before = gateway.Processor;
        for (var second = 0; second < (int)time.TotalSeconds; second++)
        {
            for (var n = 0; n < busyPerSecond; n++)
                await TellAsync(gateway);
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }
        var processor = (gateway.Processor - before) / time.TotalSeconds;
        Console.WriteLine(FormattableString.Invariant($"{what,-26} {gateway.Megabytes,6:N0} MiB   {processor.TotalMilliseconds,6:N1} ms of processor a second"));
        await stop.CancelAsync();
        var counts = await Task.WhenAll(streams);
        foreach (var one in people)
            one.Dispose();
        if (counts.Distinct().Count() > 1)
            throw new InvalidOperationException($"The viewers were not told the same: {string.Join(", ", counts)} lines.");
    }

    private static async Task<long> CountAsync(Stream stream, CancellationToken cancellationToken)
    {
        var lines = 0L;
        using var reader = new StreamReader(stream);
        try
        {
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
                lines += line.StartsWith("event:", StringComparison.Ordinal) ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
        return lines;
    }

    // Two events and no work.
    private static async Task TellAsync(BenchGateway gateway)
    {
        using (var paused = await gateway.Http.PostAsync($"/api/heartbeats/{FilledHome.Agents[1]}/pause", new StringContent("{}", Encoding.UTF8, "application/json")))
            paused.EnsureSuccessStatusCode();
        using var resumed = await gateway.Http.PostAsync($"/api/heartbeats/{FilledHome.Agents[1]}/resume", new StringContent("{}", Encoding.UTF8, "application/json"));
        resumed.EnsureSuccessStatusCode();
    }
}
