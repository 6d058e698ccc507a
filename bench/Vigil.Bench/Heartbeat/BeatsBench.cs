using System.Diagnostics;
using System.Globalization;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Bench.Heartbeat;

/// <summary>Beats that a gate skips, from their slots to their committed outcomes: how many a second on SQLite, and that no model is asked.</summary>
internal static class BeatsBench
{
    private const int Agents = 5_000;
    private const int DefaultCount = 50_000;

    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : DefaultCount;
        var agents = Math.Min(Agents, count);
        Console.WriteLine(FormattableString.Invariant($"{count:N0} beats of {agents:N0} agents, SQLite, synchronous full"));
        foreach (var (reason, heartbeat) in new[]
        {
            ("outside-active-hours", """, "activeHours": { "days": { "mon": { "start": "00:00", "end": "00:01" } } }"""),
            ("empty-checklist", ""),
        })
        {
            var (perSecond, processor, calls) = await OnceAsync(count, agents, heartbeat);
            Console.WriteLine(FormattableString.Invariant($"{reason,-22} {perSecond,8:N0} beats/s   {processor,6:N3} ms of processor each   {calls} model calls"));
        }
    }

    private static async Task<(double PerSecond, double Processor, int Calls)> OnceAsync(int count, int agents, string heartbeat)
    {
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await File.WriteAllTextAsync(home.SettingsFile, $$"""
                { "models": { "default": "openai/gpt-5.4" }, "timezone": "UTC", "gateway": { "work": { "slots": 128 }, "heartbeat": { "every": "1m"{{heartbeat}} } } }
                """);
            for (var i = 1; i < agents; i++)
                Directory.CreateDirectory(home.AgentDirectory(AgentId.Parse($"agent-{i:000000}")));
            var clock = new ShiftedClock();
            // Tuesday noon or later, whatever day it is: outside of the hours above.
            clock.Shift(TimeSpan.FromDays((9 - (int)clock.GetUtcNow().DayOfWeek) % 7));
            var model = new CountingModel();
            await using var engine = await BeatEngine.OpenAsync(home, clock, model);
            await engine.StartAsync();
            // Rows for all agents, and a first beat of each for compilation and caches.
            for (var looked = 0; looked <= agents; looked += 2_000)
                await engine.PulseAsync(clock.GetUtcNow());
            await BeatAsync(engine, clock);
            var begin = Stopwatch.GetTimestamp();
            var used = Environment.CpuUsage.TotalTime;
            var beats = 0;
            for (; beats < count; beats += agents)
                await BeatAsync(engine, clock);
            return (beats / Stopwatch.GetElapsedTime(begin).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / beats, model.Calls);
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    // A minute later each agent has one slot behind it.
    private static async Task BeatAsync(BeatEngine engine, ShiftedClock clock)
    {
        clock.Shift(s_every);
        await engine.PulseAsync(clock.GetUtcNow());
        await engine.SettleAsync();
    }
}
