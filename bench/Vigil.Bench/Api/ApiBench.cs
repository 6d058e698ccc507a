using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Vigil.Settings;

namespace Vigil.Bench.Api;

/// <summary>
/// <c>/v1/chat/completions</c> through a gateway process on SQLite, durable, each connection with a session of its own, against a pass-through proxy in a process of its
/// own. Both have the same provider, which answers at once.
/// </summary>
internal static class ApiBench
{
    private const int Connections = 16;
    private const int TurnsPerSession = 10;
    private const int Streams = 1_000;
    private const int Rounds = 3;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        await using var provider = await InstantProvider.StartAsync();
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            using var gateway = await ChildProcess.GatewayAsync(home, provider.Address);
            using var proxy = await ChildProcess.ProxyAsync(provider.Address);
            using var ours = Client(gateway.Address, (await File.ReadAllTextAsync(home.GatewayKeyFile)).Trim());
            using var theirs = Client(proxy.Address, "none");
            await ManyAsync(theirs, count / 5);
            await ManyAsync(ours, count / 5);

            Console.WriteLine(FormattableString.Invariant($"{count:N0} requests on {Connections} connections, in turns of {Rounds}"));
            var (best, bestTheirs) = (0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                bestTheirs = Math.Max(bestTheirs, await ManyAsync(theirs, count));
                best = Math.Max(best, await ManyAsync(ours, count));
            }
            Console.WriteLine(FormattableString.Invariant($"{"proxy, best",-34} {bestTheirs,9:N0} requests/s"));
            Console.WriteLine(FormattableString.Invariant($"{"gateway, best",-34} {best,9:N0} requests/s   {best / bestTheirs:P0} of the proxy   {gateway.MemoryMb} MB"));

            await LatencyAsync(theirs, count / 20, stream: false);
            await LatencyAsync(ours, count / 20, stream: false);
            Print("whole answer", await LatencyAsync(theirs, count / 5, stream: false), await LatencyAsync(ours, count / 5, stream: false));
            await LatencyAsync(theirs, count / 20, stream: true);
            await LatencyAsync(ours, count / 20, stream: true);
            Print("first token", await LatencyAsync(theirs, count / 5, stream: true), await LatencyAsync(ours, count / 5, stream: true));

            await StreamsAsync(provider, gateway, ours);
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static async Task<double> ManyAsync(HttpClient http, int count)
    {
        var left = count;
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            var (session, turns) = (Guid.NewGuid().ToString("N"), 0);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                if (++turns % TurnsPerSession == 0)
                    session = Guid.NewGuid().ToString("N");
                using var answer = await SendAsync(http, session, stream: false);
                await answer.Content.ReadAsByteArrayAsync();
            }
        }));
        return count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    // One after the other: what a single caller waits, until the whole answer or the first word of a stream.
    private static async Task<double[]> LatencyAsync(HttpClient http, int count, bool stream)
    {
        var taken = new double[count];
        var session = "";
        for (var i = 0; i < count; i++)
        {
            if (i % TurnsPerSession == 0)
                session = Guid.NewGuid().ToString("N");
            var begin = Stopwatch.GetTimestamp();
            using var answer = await SendAsync(http, session, stream);
            if (stream)
            {
                using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
                await FirstWordAsync(reader);
                taken[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                await reader.ReadToEndAsync();
            }
            else
            {
                await answer.Content.ReadAsByteArrayAsync();
                taken[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
        }
        Array.Sort(taken);
        return taken;
    }

    private static async Task StreamsAsync(InstantProvider provider, ChildProcess gateway, HttpClient http)
    {
        var release = new TaskCompletionSource();
        provider.Hold = release.Task;
        var before = gateway.MemoryMb;
        var begin = Stopwatch.GetTimestamp();
        var readers = await Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
        {
            var answer = await SendAsync(http, Guid.NewGuid().ToString("N"), stream: true);
            var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
            await FirstWordAsync(reader);
            return reader;
        }));
        var all = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        var during = gateway.MemoryMb;
        release.SetResult();
        var ended = 0;
        foreach (var reader in readers)
        {
            if ((await reader.ReadToEndAsync()).Contains("[DONE]", StringComparison.Ordinal))
                ended++;
            reader.Dispose();
        }
        Console.WriteLine(FormattableString.Invariant($"{Streams:N0} streams at once: all have their first token after {all:N0} ms, {ended:N0} ended well; {before} MB before, {during} MB during, {gateway.MemoryMb} MB after"));
    }

    private static async Task FirstWordAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Contains("Hello", StringComparison.Ordinal))
                return;
        }
        throw new InvalidOperationException("The stream ended without a word.");
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string session, bool stream)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent($$"""{"model":"vigil/main","messages":[{"role":"user","content":"hello"}]{{(stream ? ",\"stream\":true" : "")}}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Vigil-Session-Id", session);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.IsSuccessStatusCode ? answer : throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static HttpClient Client(Uri address, string key)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    private static void Print(string what, double[] proxy, double[] gateway)
        => Console.WriteLine(FormattableString.Invariant(
            $"{what,-14} proxy p50 {At(proxy, 0.5):N2} p99 {At(proxy, 0.99):N2} ms   gateway p50 {At(gateway, 0.5):N2} p99 {At(gateway, 0.99):N2} ms   added p50 {At(gateway, 0.5) - At(proxy, 0.5):N2} p99 {At(gateway, 0.99) - At(proxy, 0.99):N2} ms"));

    private static double At(double[] sorted, double part) => sorted[(int)(part * (sorted.Length - 1))];
}
