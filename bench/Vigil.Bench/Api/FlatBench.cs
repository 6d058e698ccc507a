using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Vigil.Settings;

namespace Vigil.Bench.Api;

/// <summary>Chat completions on 16 connections, ten in a session, whole answers and streams: what the gateway's process and its heap hold must not grow with their number.</summary>
internal static class FlatBench
{
    private const int Connections = 16;
    private const int TurnsPerSession = 10;
    private const int Look = 20_000;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        var look = Math.Min(Look, Math.Max(1, count / 3));
        await using var provider = await InstantProvider.StartAsync();
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            using var gateway = await ChildProcess.GatewayAsync(home, provider.Address);
            using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = gateway.Address };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(home.GatewayKeyFile)).Trim());
            await PrintAsync(0, gateway, TimeSpan.Zero, 1);
            for (var sent = 0; sent < count; sent += look)
            {
                var cpu = gateway.ProcessorTime;
                await SendAsync(http, look);
                await PrintAsync(sent + look, gateway, gateway.ProcessorTime - cpu, look);
            }
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static Task SendAsync(HttpClient http, int count)
    {
        var left = count;
        return Task.WhenAll(Enumerable.Range(0, Connections).Select(async connection =>
        {
            var (session, turns) = (Guid.NewGuid().ToString("N"), 0);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                if (++turns % TurnsPerSession == 0)
                    session = Guid.NewGuid().ToString("N");
                await AskAsync(http, session, stream: connection % 4 == 0);
            }
        }));
    }

    private static async Task AskAsync(HttpClient http, string session, bool stream)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent($$"""{"model":"vigil/main","messages":[{"role":"user","content":"hello"}]{{(stream ? ",\"stream\":true" : "")}}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Vigil-Session-Id", session);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode || !text.Contains("there.", StringComparison.Ordinal))
            throw new InvalidOperationException($"{answer.StatusCode}: {text}");
    }

    private static async Task PrintAsync(int sent, ChildProcess gateway, TimeSpan cpu, int requests)
    {
        var before = gateway.MemoryMb;
        var heap = await ManagedHeap.MegabytesAsync(gateway.Id);
        Console.WriteLine(FormattableString.Invariant(
            $"{sent,9:N0} requests   {before,5} MB   heap after a collection {heap,6:N1} MB   {cpu.TotalMilliseconds / requests,6:N3} ms of processor each"));
    }
}
