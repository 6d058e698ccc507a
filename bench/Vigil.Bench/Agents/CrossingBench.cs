using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Testing.Models;

namespace Vigil.Bench.Agents;

/// <summary>
/// 200 requests at once over 50 agents. Each agent has a model, key, persona, file and memory with its own mark; each turn reads the file and the memory. What
/// reaches the provider and what comes back must carry one mark alone.
/// </summary>
internal static partial class CrossingBench
{
    private const int Agents = 50;
    private const int AtOnce = 200;

    private static int s_crossings;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
        await using var model = await FakeModelServer.StartAsync(Answer);
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await PrepareAsync(home, model);
            using var gateway = await BenchGateway.StartAsync(home);
            await RunAsync(Math.Min(count, 400), number => AskAsync(gateway.Http, number));
            s_crossings = 0;
            var before = gateway.Processor;
            var wrong = 0;
            var took = await RunAsync(count, async number =>
            {
                if (!await AskAsync(gateway.Http, number))
                    Interlocked.Increment(ref wrong);
            });
            // The requests of the baseline have no key.
            var crossings = s_crossings;
            var processor = (gateway.Processor - before).TotalMilliseconds / count;
            using var direct = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 500 });
            var calls = Math.Min(count, 2000);
            var body = model.Requests[^1].Body;
            var alone = await RunAsync(calls * 2, async _ =>
            {
                using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
                using var answer = await direct.PostAsync(new Uri($"{model.OpenAIUrl}/chat/completions"), content);
                await answer.Content.ReadAsStringAsync();
            });
            var (mine, baseline) = (count / took.TotalSeconds, calls / alone.TotalSeconds);
            Console.WriteLine(FormattableString.Invariant($"{count:N0} requests, {AtOnce} at once, {Agents} agents; two model calls and two tool calls each"));
            Console.WriteLine(FormattableString.Invariant($"crossings at the provider: {crossings}; wrong answers: {wrong}"));
            Console.WriteLine(FormattableString.Invariant($"{mine:N0} requests a second, {processor:N2} ms of processor time each"));
            Console.WriteLine(FormattableString.Invariant($"the provider alone, two calls each: {baseline:N0} a second, {baseline / mine:N1} x; memory {gateway.Megabytes:N0} MiB"));
            if (crossings + wrong > 0)
                Environment.ExitCode = 1;
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static FakeModelReply Answer(FakeModelRequest request)
    {
        var marks = Mark().Matches($"{request.Model} {request.Key} {request.Body}").Select(match => match.Value).Distinct().ToList();
        var whole = request.Key?.StartsWith("key", StringComparison.Ordinal) == true && request.SystemText.Contains("soul", StringComparison.Ordinal);
        if ((marks.Count != 1 || !whole) && Interlocked.Increment(ref s_crossings) == 1 && request.Key is not null)
            Console.Error.WriteLine($"The first: {string.Join(", ", marks)} in a request for {request.Model} with {request.Key}: {request.Body}");
        if (!request.BringsToolResults)
            return new FakeModelReply { ToolCalls = [new FakeToolCall("read_file", """{ "path": "own.md" }""", "call_1"), new FakeToolCall("memory_search", """{ "words": "remember" }""", "call_2")] };
        var seen = new[] { "file", "memory" }.Where(kind => request.Body.Contains(kind + marks[0], StringComparison.Ordinal));
        return FakeModelReply.Say($"{request.Model} {request.Key} {string.Join(' ', seen.Select(kind => kind + marks[0]))}");
    }

    private static async Task<bool> AskAsync(HttpClient http, int number)
    {
        var mark = MarkOf(number % Agents);
        using var answer = await http.PostAsJsonAsync("/v1/chat/completions", new
        {
            model = $"vigil/a{number % Agents}",
            messages = new[] { new { role = "user", content = "What do you know?" } },
        });
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{answer.StatusCode}: {text}");
        var said = JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
        return said == $"model{mark} key{mark} file{mark} memory{mark}";
    }

    private static async Task<TimeSpan> RunAsync(int count, Func<int, Task> one)
    {
        var begin = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) => await one(number));
        return Stopwatch.GetElapsedTime(begin);
    }

    private static async Task PrepareAsync(VigilHome home, FakeModelServer model)
    {
        await File.WriteAllTextAsync(home.SettingsFile, JsonSerializer.Serialize(new { models = new { @default = "fake/none", providers = new { fake = new { kind = "openai", baseUrl = model.OpenAIUrl } } }, gateway = new { heartbeat = new { enabled = false } } }));
        HomeStarter.Ensure(home);
        for (var i = 0; i < Agents; i++)
        {
            var (agent, mark) = (AgentId.Parse($"a{i}"), MarkOf(i));
            Directory.CreateDirectory(Path.Combine(home.Workspace(agent), "memory"));
            Directory.CreateDirectory(home.AgentSecrets(agent));
            var key = Path.Combine(home.AgentSecrets(agent), "key");
            await File.WriteAllTextAsync(key, $"key{mark}");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await File.WriteAllTextAsync(home.AgentFile(agent), new JsonObject
            {
                ["model"] = $"fake/model{mark}",
                ["providers"] = new JsonObject { ["fake"] = new JsonObject { ["kind"] = "openai", ["baseUrl"] = model.OpenAIUrl.ToString(), ["apiKey"] = "file:key" } },
                ["tools"] = new JsonObject { ["allow"] = new JsonArray("read_file", "memory_search") },
            }.ToJsonString());
            await File.WriteAllTextAsync(Path.Combine(home.Workspace(agent), "SOUL.md"), $"Your soul{mark}.");
            await File.WriteAllTextAsync(Path.Combine(home.Workspace(agent), "own.md"), $"file{mark}");
            await File.WriteAllTextAsync(Path.Combine(home.Workspace(agent), "memory", "note.md"), $"Remember: memory{mark}");
        }
    }

    private static string MarkOf(int agent) => $"-of-{agent:00}-";

    [GeneratedRegex("-of-[0-9]{2}-")]
    private static partial Regex Mark();
}
