using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Bench.Agents;

/// <summary>A gateway with 100,000 agents against one with <c>main</c> alone: start, memory, and pages of the list.</summary>
internal static class ManyAgentsBench
{
    private const int Pages = 20;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var beats = args.Contains("beats");
        var alone = await OnceAsync(0, beats);
        var many = await OnceAsync(count, beats);
        Console.WriteLine(FormattableString.Invariant($"{count:N0} agents, heartbeats {(beats ? "on" : "off")}; main alone in parentheses"));
        Print("start to the first answer, home known", many.Start, alone.Start, "ms");
        Print($"memory {s_idle.TotalSeconds:N0} s later", many.Megabytes, alone.Megabytes, "MiB");
        Print("most memory on the way", many.Peak, alone.Peak, "MiB");
        Print("processor time in between", many.Processor, alone.Processor, "ms");
        Console.WriteLine(FormattableString.Invariant($"a page of 100 agents, first look: median {many.Page:N1} ms, worst {many.WorstPage:N1} ms; main alone {alone.Page:N1} ms"));
        Console.WriteLine(FormattableString.Invariant($"memory after {Pages} pages: {many.AfterPages:N0} MiB"));
    }

    private static async Task<Measured> OnceAsync(int count, bool beats)
    {
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await File.WriteAllTextAsync(home.SettingsFile, JsonSerializer.Serialize(new { models = new { @default = "ollama/none" }, gateway = new { heartbeat = new { enabled = beats } } }));
            HomeStarter.Ensure(home);
            for (var i = 0; i < count; i++)
            {
                var agent = AgentId.Parse($"agent-{i:000000}");
                Directory.CreateDirectory(home.AgentDirectory(agent));
                await File.WriteAllTextAsync(home.AgentFile(agent), """{ "name": "One of many", "model": "ollama/small" }""");
            }
            // The first start makes database and key.
            using (await BenchGateway.StartAsync(home))
            {
            }
            using var gateway = await BenchGateway.StartAsync(home);
            var before = gateway.Processor;
            var peak = gateway.Megabytes;
            for (var second = 0; second < s_idle.TotalSeconds; second++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
                peak = Math.Max(peak, gateway.Megabytes);
            }
            var (processor, idle) = (gateway.Processor - before, gateway.Megabytes);
            var pages = new List<double>();
            for (var page = 0; page < Pages; page++)
            {
                var begin = Stopwatch.GetTimestamp();
                var text = await gateway.Http.GetStringAsync($"/api/agents?limit=100&after=agent-{(long)count * page / Pages:000000}");
                pages.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                if (!text.Contains("\"main\"", StringComparison.Ordinal) && !text.Contains("One of many", StringComparison.Ordinal))
                    throw new InvalidOperationException(text);
            }
            pages.Sort();
            return new Measured(gateway.Start.TotalMilliseconds, idle, peak, processor.TotalMilliseconds, pages[Pages / 2], pages[^1], gateway.Megabytes);
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static void Print(string what, double many, double alone, string unit)
        => Console.WriteLine(FormattableString.Invariant($"{what,-40} {many,8:N0} {unit,-3} ({alone:N0} {unit}, {many / alone:N2} x)"));

    private sealed record Measured(double Start, double Megabytes, double Peak, double Processor, double Page, double WorstPage, double AfterPages);
}
