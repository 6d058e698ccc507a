using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Vigil.Agents;
using Vigil.Bench.Agents;
using Vigil.Bench.Storage;
using Vigil.Cron;
using Vigil.Events;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Storage.Cron;
using Vigil.Storage.Engine;
using Vigil.Storage.Work;
using Vigil.Store;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Bench.Cron;

/// <summary>Many schedules: all due in the same second, and 10,000 of them that are not.</summary>
internal static class CronBench
{
    private const int DueAtOnce = 1_000;
    private const int Many = 10_000;
    private const int Adds = 300;

    private static readonly DateTimeOffset s_now = new(2026, 3, 2, 6, 0, 0, TimeSpan.Zero);

    public static async Task RunAsync(string[] args)
    {
        using var services = new ServiceCollection().AddVigil().AddSingleton<ISettings>(new Plain()).BuildServiceProvider();
        var plan = services.GetRequiredService<ISweepPlan>();
        foreach (var open in BenchStore.Available(normal: false))
        {
            await using var store = await open();
            await DueAsync(store, plan);
            await ManyAsync(store, plan);
        }
        await StartAsync();
    }

    private static async Task StartAsync()
    {
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await File.WriteAllTextAsync(home.SettingsFile, """{ "models": { "default": "ollama/none" } }""");
            HomeStarter.Ensure(home);
            TimeSpan alone;
            // The first start makes database and key.
            using (await BenchGateway.StartAsync(home))
            {
            }
            using (var gateway = await BenchGateway.StartAsync(home))
                alone = gateway.Start;
            await using (var services = new ServiceCollection().AddLogging().AddVigilStorage(new StorageOptions { File = home.Database }).BuildServiceProvider())
            {
                await services.GetRequiredService<IStore>().OpenAsync(CancellationToken.None);
                await FillAsync(new ScheduleStore(services.GetRequiredService<IDatabase>()), "kept", Many, TimeProvider.System.GetUtcNow().AddDays(1));
            }
            using var full = await BenchGateway.StartAsync(home);
            var page = await MeasureAsync(async () => (await full.Http.GetAsync("/api/cron?limit=100")).EnsureSuccessStatusCode());
            Console.WriteLine($"a gateway with {Many} schedules: {full.Start.TotalMilliseconds:0} ms from its start to its first answer, with none {alone.TotalMilliseconds:0} ms; the first page of 100 {page:0} ms");
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static async Task DueAsync(BenchStore store, ISweepPlan plan)
    {
        var schedules = new ScheduleStore(store.Database);
        await FillAsync(schedules, "due", DueAtOnce, s_now);
        var watch = Stopwatch.StartNew();
        var swept = await schedules.SweepAsync(s_now, DueAtOnce, plan, CancellationToken.None);
        var took = watch.Elapsed;
        var works = await new WorkStore(store.Database, TimeProvider.System).CountsAsync(CancellationToken.None);
        var again = await schedules.SweepAsync(s_now, DueAtOnce, plan, CancellationToken.None);
        Console.WriteLine($"{store.Name,-14} {DueAtOnce} due in one second: {swept.Admitted} admitted in {took.TotalMilliseconds:0} ms, {works.Waiting} works, {again.Admitted} more at a second look");
    }

    private static async Task ManyAsync(BenchStore store, ISweepPlan plan)
    {
        var schedules = new ScheduleStore(store.Database);
        await FillAsync(schedules, "idle", Many, s_now.AddDays(1));
        var adds = new List<double>(Adds);
        for (var i = 0; i < Adds; i++)
            adds.Add(await MeasureAsync(() => AddAsync(schedules, $"added-{i}", s_now.AddDays(1))));
        adds.Sort();
        var first = await MeasureAsync(() => schedules.ListAsync(new ScheduleFilter(), null, 50, CancellationToken.None));
        string? cursor = null;
        for (var page = 0; page < 20; page++)
            cursor = (await schedules.ListAsync(new ScheduleFilter(), cursor, 500, CancellationToken.None)).Next;
        var late = await MeasureAsync(() => schedules.ListAsync(new ScheduleFilter(), cursor, 50, CancellationToken.None));
        var idle = await MeasureAsync(() => schedules.SweepAsync(s_now, DueAtOnce, plan, CancellationToken.None));
        Console.WriteLine(
            $"{store.Name,-14} with {Many} more: add p50 {adds[Adds / 2]:0.00} ms, p99 {adds[Adds * 99 / 100]:0.00} ms; page of 50 first {first:0.00} ms, after 10,000 {late:0.00} ms; sweep with nothing due {idle:0.00} ms");
    }

    private static async Task<double> MeasureAsync(Func<Task> act)
    {
        var watch = Stopwatch.StartNew();
        await act();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static Task FillAsync(ScheduleStore store, string prefix, int count, DateTimeOffset next)
        => Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await AddAsync(store, $"{prefix}-{i}", next));

    private static Task<bool> AddAsync(ScheduleStore store, string name, DateTimeOffset next)
    {
        var when = new ScheduleTime.Cron(CronExpression.Parse("0 7 * * mon-fri"), Zones.TryFind("Europe/Berlin", out var zone, out _) ? zone : DateTimeZone.Utc);
        return store.AddAsync(new Schedule
        {
            Id = NewId.Make(Schedule.IdPrefix, TimeProvider.System),
            Agent = AgentId.Main,
            Name = name,
            When = when.ToStored(),
            Prompt = "What is on today?",
            NextAt = next,
            CreatedAt = s_now,
            UpdatedAt = s_now,
        }, new NewEvent(s_now, ScheduleEvents.Added, "gateway", "main"), CancellationToken.None);
    }

    private sealed class Plain : ISettings
    {
        public VigilSettings Current { get; } = new();

        public IReadOnlyList<SettingsError> Errors => [];

        public long Version => 1;

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }
}
