namespace Vigil.Chaos.Tests.Support;

/// <summary>Other processes tell nobody when they are done: looks again and again until something is there, and gives up loudly.</summary>
internal static class Until
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    public static async Task<T> IsThereAsync<T>(string what, Func<Task<T?>> look, Func<string>? otherwise = null)
        where T : class
    {
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        using var timer = new PeriodicTimer(s_pause, TimeProvider.System);
        while (true)
        {
            if (await look() is { } found)
                return found;
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{what} was not there after {s_limit.TotalSeconds} s.\n{otherwise?.Invoke()}");
            }
        }
    }

    public static Task IsTrueAsync(string what, Func<Task<bool>> look, Func<string>? otherwise = null)
        => IsThereAsync(what, async () => await look() ? "yes" : null, otherwise);
}
