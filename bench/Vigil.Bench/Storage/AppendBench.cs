using Vigil.Events;
using Vigil.Storage.Events;

namespace Vigil.Bench.Storage;

/// <summary>Single events, each confirmed by a commit of its own or shared: the figure that bounds everything that Vigil writes.</summary>
internal static class AppendBench
{
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(string[] args)
    {
        var duration = TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 5);
        NewEvent[] one = [new(DateTimeOffset.UnixEpoch, "work.done", "cron", "main", "wrk_0123456789abcdefghij", NewEvent.Json(new { outcome = "silent", text = new string('x', 200) }))];
        foreach (var open in BenchStore.Available(normal: true))
            foreach (var callers in new[] { 1, 8, 64, 256 })
            {
                await using var store = await open();
                var log = new EventLog(store.Database);
                await Load.RunAsync(callers, Warm, _ => log.AppendAsync(one, CancellationToken.None));
                var result = await Load.RunAsync(callers, duration, _ => log.AppendAsync(one, CancellationToken.None));
                Console.WriteLine($"{store.Name,-14} {callers,4} callers  {result}");
            }
    }
}
