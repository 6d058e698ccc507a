using System.Diagnostics;
using System.Globalization;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Bench.Work;

/// <summary>Works from admission to their committed outcome, against the bare admission of the same rows.</summary>
internal static class WorkBench
{
    private const int Callers = 64;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        var slots = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 128;
        Console.WriteLine(FormattableString.Invariant($"{count:N0} works, {slots} slots, {Callers} callers; one model call, one notification each"));
        var postgres = Environment.GetEnvironmentVariable("VIGIL_TEST_PG") is { Length: > 0 } connection ? connection : null;
        foreach (var (name, store) in new[] { ("SQLite Full", (string?)null), ("PostgreSQL", postgres) })
        {
            if ((name == "PostgreSQL" && store is null) || (args.Length > 2 && !name.StartsWith(args[2], StringComparison.OrdinalIgnoreCase)))
                continue;
            var admitted = await RateAsync(store, count, slots, withModel: true, run: false);
            Print(name, "admitted only", admitted, admitted);
            Print(name, "end to end", await RateAsync(store, count, slots, withModel: true, run: true), admitted);
            Print(name, "skipped by a gate", await RateAsync(store, count, slots, withModel: false, run: true), admitted);
        }
    }

    private static async Task<Rate> RateAsync(string? postgres, int count, int slots, bool withModel, bool run)
    {
        await using var engine = await EngineUnderLoad.OpenAsync(postgres, withModel, slots);
        if (run)
            await engine.StartAsync();
        var intake = engine.Get<WorkIntake>();
        // Once for compilation and prepared statements, then measured: it takes thousands until the compiler is done.
        var before = Math.Max(count / 10, 5_000);
        await PassAsync(engine, intake, before, run, 0);
        var begin = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        await PassAsync(engine, intake, count, run, before);
        return new Rate(count / Stopwatch.GetElapsedTime(begin).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / count);
    }

    private static async Task PassAsync(EngineUnderLoad engine, WorkIntake intake, int count, bool run, int first)
    {
        var next = first;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= first + count)
                await intake.AdmitAsync(New(number), CancellationToken.None);
        })));
        var store = engine.Get<IWorkStore>();
        while (run && await store.CountsAsync(CancellationToken.None) is { Waiting: > 0 } or { Running: > 0 })
            await Task.Delay(s_look, TimeProvider.System);
    }

    private static NewWork New(int number)
    {
        var id = NewId.Work(TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        return new NewWork(new AgentWork
        {
            Id = id,
            Agent = AgentId.Main,
            Source = WorkSources.Run,
            Prompt = $"bench {number}",
            Session = SessionKey.For(AgentId.Main, "work", id),
            Notify = NotifyPolicy.Always,
            Tools = [],
            Deliver = ["inbox"],
            CreatedAt = now,
            DueAt = now,
        });
    }

    private static void Print(string store, string what, Rate rate, Rate baseline)
        => Console.WriteLine(FormattableString.Invariant($"{store,-12} {what,-20} {rate.PerSecond,10:N0}/s   {rate.PerSecond / baseline.PerSecond,6:N2} x   {rate.ProcessorMs,6:N3} ms of processor each"));

    // What a work costs this process stays the same on a busy machine; how many there are a second does not.
    private readonly record struct Rate(double PerSecond, double ProcessorMs);
}
