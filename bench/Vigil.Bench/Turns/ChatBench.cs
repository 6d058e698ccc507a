using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Testing.Models;

namespace Vigil.Bench.Turns;

/// <summary>One chat turn through a real gateway process, against the same request sent to the provider directly. The provider answers at once.</summary>
internal static class ChatBench
{
    private const int OldMessages = 10_000;

    public static async Task RunAsync(string[] args)
    {
        var turns = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000;
        await using var model = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("ok"));
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        await PrepareAsync(home, model);
        using var gateway = await StartAsync(home);
        try
        {
            using var http = new HttpClient { BaseAddress = gateway.Address };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(home.GatewayKeyFile)).Trim());
            using var direct = new HttpClient();
            var number = 0;
            Task NewAsync() => ChatAsync(http, $"new{Interlocked.Increment(ref number)}");
            Task OldAsync() => ChatAsync(http, "old");
            await MedianAsync(turns / 2, NewAsync);
            await MedianAsync(turns / 4, OldAsync);
            var body = model.Requests[0].Body;
            var longBody = model.Requests[^1].Body;
            await MedianAsync(turns / 2, () => AskAsync(direct, model, body));

            // Side by side, so that a busy machine is the same for all.
            var baseline = await MedianAsync(turns, () => AskAsync(direct, model, body));
            var fresh = await MedianAsync(turns, NewAsync);
            var longBaseline = await MedianAsync(turns, () => AskAsync(direct, model, longBody));
            var old = await MedianAsync(turns, OldAsync);
            var cpu = gateway.Process.TotalProcessorTime;
            await MedianAsync(turns, NewAsync);
            gateway.Process.Refresh();
            var perTurn = (gateway.Process.TotalProcessorTime - cpu).TotalMilliseconds / turns;
            Console.WriteLine(FormattableString.Invariant($"{turns:N0} turns each, one after the other; median"));
            Print("provider directly, the new session's request", baseline, baseline);
            Print("gateway, a new session each", fresh, baseline);
            Print($"provider directly, the old session's request", longBaseline, longBaseline);
            Print($"gateway, a session of {OldMessages:N0} messages", old, longBaseline);
            Console.WriteLine(FormattableString.Invariant($"{"processor time of the gateway, a new session",-46} {perTurn,7:N2} ms"));
        }
        finally
        {
            gateway.Stop();
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static async Task PrepareAsync(VigilHome home, FakeModelServer model)
    {
        await File.WriteAllTextAsync(home.SettingsFile, new JsonObject
        {
            ["models"] = new JsonObject
            {
                ["default"] = "fake/bench",
                ["providers"] = new JsonObject { ["fake"] = new JsonObject { ["kind"] = "openai", ["baseUrl"] = model.OpenAIUrl.ToString() } },
            },
            ["gateway"] = new JsonObject { ["heartbeat"] = new JsonObject { ["enabled"] = false } },
        }.ToJsonString());
        var services = new ServiceCollection().AddLogging().AddVigilStorage(new StorageOptions { File = home.Database });
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IStore>().OpenAsync(CancellationToken.None);
        var sessions = provider.GetRequiredService<ISessionStore>();
        var key = SessionKey.For(AgentId.Main, "api", "old");
        var at = TimeProvider.System.GetUtcNow();
        foreach (var pair in Enumerable.Range(1, OldMessages / 2).Chunk(100))
        {
            await sessions.AppendAsync(key, [.. pair.SelectMany(turn => new NewSessionMessage[]
            {
                new(at, new ChatMessage(ChatRole.User, $"Question {turn}: how is the weather in the town of number {turn}?")) { ByPerson = true },
                new(at, new ChatMessage(ChatRole.Assistant, $"Answer {turn}: it is neither better nor worse than in the town before.")),
            })], CancellationToken.None);
        }
        // What is old has been summed up long ago, as a gateway that was there all the time would have done.
        await sessions.SaveSummaryAsync(key, 0, OldMessages - 40, "They talked about the weather in many towns.", CancellationToken.None);
    }

    private static async Task ChatAsync(HttpClient http, string session)
    {
        using var answer = await http.PostAsJsonAsync("/api/chat", new { session, message = "hello" });
        var text = await answer.Content.ReadAsStringAsync();
        if (!text.Contains("event: done", StringComparison.Ordinal))
            throw new InvalidOperationException($"{answer.StatusCode}: {text}");
    }

    private static async Task AskAsync(HttpClient http, FakeModelServer model, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"{model.OpenAIUrl}/chat/completions"), content);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsStringAsync();
    }

    private static async Task<double> MedianAsync(int times, Func<Task> operation)
    {
        var taken = new List<double>(times);
        for (var i = 0; i < times; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await operation();
            taken.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        taken.Sort();
        return taken[times / 2];
    }

    private static void Print(string what, double median, double baseline)
        => Console.WriteLine(FormattableString.Invariant($"{what,-46} {median,7:N2} ms   {median - baseline,+7:N2} ms   {median / baseline,5:N2} x"));

    private static async Task<Gateway> StartAsync(VigilHome home)
    {
        const string listens = "Vigil listens on ";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vigil.dll"), "up", "--home", home.Root, "--port", "0", "--until-input-ends"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(listens, StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new Gateway(process, new Uri(line[listens.Length..]));
            }
        }
        throw new InvalidOperationException("The gateway did not start.");
    }

    private sealed record Gateway(Process Process, Uri Address) : IDisposable
    {
        public void Stop()
        {
            Process.StandardInput.Close();
            Process.WaitForExit();
        }

        public void Dispose() => Process.Dispose();
    }
}
