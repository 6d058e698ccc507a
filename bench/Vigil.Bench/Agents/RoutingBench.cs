using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Routing;
using Vigil.Settings;

namespace Vigil.Bench.Agents;

/// <summary>Messages through 10,000 routes of several shapes, against looking at one route after the other.</summary>
internal static class RoutingBench
{
    private const int Agents = 50;
    private const int Baseline = 500;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            HomeStarter.Ensure(home);
            for (var agent = 0; agent < Agents; agent++)
                Directory.CreateDirectory(home.Workspace(AgentId.Parse($"a{agent}")));
            await File.WriteAllTextAsync(home.RoutesFile, JsonSerializer.Serialize(new { routes = Enumerable.Range(0, count).Select(i => new { match = Match(i), agent = $"a{i % Agents}" }) }));
            var services = new ServiceCollection();
            var load = Stopwatch.GetTimestamp();
            services.AddVigilSettings(new SettingsInputs(home), TimeProvider.System, new Redaction());
            var loaded = Stopwatch.GetElapsedTime(load);
            await using var provider = services.BuildServiceProvider();
            var resolver = provider.GetRequiredService<AgentResolver>();
            var table = provider.GetRequiredService<Routes>().Current;
            var messages = Enumerable.Range(0, 20_000).Select(i => Message(i * 7919 % (count + count / 10))).ToArray();
            foreach (var message in messages)
                await resolver.ResolveAsync(message);

            var times = new List<double>(messages.Length);
            foreach (var message in messages)
            {
                var begin = Stopwatch.GetTimestamp();
                await resolver.ResolveAsync(message);
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
            }
            var linear = new List<double>(Baseline);
            foreach (var message in messages.Take(Baseline))
            {
                var begin = Stopwatch.GetTimestamp();
                var first = table.Entries.FirstOrDefault(entry => entry.Route.WhyNot(message) is null)?.Index;
                linear.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
                if (first != (await resolver.ResolveAsync(message)).RouteIndex)
                    throw new InvalidOperationException("The two do not agree.");
            }
            times.Sort();
            linear.Sort();
            var (median, p99) = (times[times.Count / 2], times[times.Count * 99 / 100]);
            Console.WriteLine(FormattableString.Invariant($"{count:N0} routes read in {loaded.TotalMilliseconds:N0} ms"));
            Console.WriteLine(FormattableString.Invariant($"a message: median {median:N1} µs, p99 {p99:N1} µs, mean {times.Average():N1} µs"));
            Console.WriteLine(FormattableString.Invariant($"one route after the other: median {linear[Baseline / 2]:N1} µs, {linear[Baseline / 2] / median:N0} x"));
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static Dictionary<string, string> Match(int i) => (i % 4) switch
    {
        0 => new() { ["platform"] = "telegram", ["chat_id"] = $"{i}" },
        1 => new() { ["platform"] = "discord", ["guild_id"] = $"{i}", ["role"] = $"r{i % 9}" },
        2 => new() { ["platform"] = "slack", ["chat_id"] = $"{i}", ["thread_id"] = "*" },
        _ => new() { ["user_id"] = $"{i}", ["chat_type"] = "dm" },
    };

    private static InboundMessage Message(int i) => (i % 4) switch
    {
        0 => new() { Platform = "telegram", ChatId = $"{i}", UserId = $"u{i}" },
        1 => new() { Platform = "discord", ChatId = "1", ChatType = "channel", GuildId = $"{i}", Roles = ["everyone", $"r{i % 9}"] },
        2 => new() { Platform = "slack", ChatId = $"{i}", ChatType = "channel", ThreadId = "t" },
        _ => new() { Platform = "web", UserId = $"{i}" },
    };
}
