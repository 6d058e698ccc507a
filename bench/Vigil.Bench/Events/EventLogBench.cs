using Vigil.Bench.Storage;
using Vigil.Events;
using Vigil.Storage.Events;

namespace Vigil.Bench.Events;

/// <summary>Whether a long history slows an append, a reader that comes back, or one that filters.</summary>
internal static class EventLogBench
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(string[] args)
    {
        foreach (var open in BenchStore.Available(normal: false))
        {
            await using var store = await open();
            var log = new EventLog(store.Database);
            foreach (var stored in new[] { 1_000, 1_000_000 })
            {
                await FillAsync(log, stored);
                var newest = (await log.RangeAsync(CancellationToken.None)).Newest;
                Print(store, stored, "append", await Load.RunAsync(64, Duration, _ => log.AppendAsync([One(0)], CancellationToken.None)));
                Print(store, stored, "reconnect, 100 behind", await Load.RunAsync(1, Duration, _ => log.ReadAsync(newest - 100, 256, null, CancellationToken.None)));
                Print(store, stored, "reconnect, first page", await Load.RunAsync(1, Duration, _ => log.ReadAsync(0, 256, null, CancellationToken.None)));
                Print(store, stored, "one work's events", await Load.RunAsync(1, Duration, _ => log.ReadAsync(0, 256, new EventFilter(Work: "wrk_77"), CancellationToken.None)));
                Print(store, stored, "range", await Load.RunAsync(1, Duration, _ => log.RangeAsync(CancellationToken.None)));
            }
        }
    }

    private static void Print(BenchStore store, int stored, string what, LoadResult result)
        => Console.WriteLine($"{store.Name,-14} {stored,9:N0} stored  {what,-22} {result}");

    private static async Task FillAsync(EventLog log, int upTo)
    {
        const int batch = 5_000;
        for (var have = (await log.RangeAsync(CancellationToken.None)).Newest; have < upTo; have += batch)
            await log.AppendAsync([.. Enumerable.Range(0, (int)Math.Min(batch, upTo - have)).Select(i => One((int)have + i))], CancellationToken.None);
    }

    private static NewEvent One(int i)
        => new(DateTimeOffset.UnixEpoch, "work.done", "cron", $"agent{i % 10}", $"wrk_{i / 4}", NewEvent.Json(new { outcome = "silent", text = new string('x', 200) }));
}
