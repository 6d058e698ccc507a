using System.Diagnostics;

namespace Vigil.Bench.Storage;

/// <summary>Many callers that each repeat one operation for a while, and how long each took.</summary>
internal static class Load
{
    public static async Task<LoadResult> RunAsync(int callers, TimeSpan duration, Func<int, Task> operation)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var begin = Stopwatch.GetTimestamp();
        var taken = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var times = new List<long>(4096);
            while (Stopwatch.GetTimestamp() is var before && before < end)
            {
                await operation(caller);
                times.Add(Stopwatch.GetTimestamp() - before);
            }
            return times;
        })));
        var elapsed = Stopwatch.GetElapsedTime(begin);
        var all = taken.SelectMany(times => times).Order().ToArray();
        return new LoadResult(all.Length / elapsed.TotalSeconds, Milliseconds(all, 0.50), Milliseconds(all, 0.99), Milliseconds(all, 1));
    }

    /// <summary>One caller that repeats an operation so many times.</summary>
    public static async Task<LoadResult> RunTimesAsync(int times, Func<Task> operation)
    {
        var taken = new long[times];
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
        {
            var before = Stopwatch.GetTimestamp();
            await operation();
            taken[i] = Stopwatch.GetTimestamp() - before;
        }
        var elapsed = Stopwatch.GetElapsedTime(begin);
        Array.Sort(taken);
        return new LoadResult(times / elapsed.TotalSeconds, Milliseconds(taken, 0.50), Milliseconds(taken, 0.99), Milliseconds(taken, 1));
    }

    private static double Milliseconds(long[] ordered, double share)
        => ordered.Length == 0 ? 0 : ordered[Math.Min(ordered.Length - 1, (int)(ordered.Length * share))] * 1000.0 / Stopwatch.Frequency;
}

internal sealed record LoadResult(double PerSecond, double P50, double P99, double Max)
{
    public override string ToString() => FormattableString.Invariant($"{PerSecond,9:N0}/s   p50 {P50,7:N2} ms   p99 {P99,7:N2} ms   max {Max,7:N2} ms");
}
