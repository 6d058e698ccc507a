namespace Vigil.Ledger;

/// <summary>
/// A call that could pass a limit only together with calls that run now waits for their end: most cost a fraction of their worst case, and the budget is not used up because
/// many calls run at once.
/// </summary>
internal static class Room
{
    /// <summary>Then the caller is told, instead of being left to wonder.</summary>
    public static readonly TimeSpan WaitedFor = TimeSpan.FromMinutes(1);

    // The calls of other nodes end without a word to this one.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

    public static async Task<T> TryAsync<T>(Func<Task<T>> reserve, Func<T, bool> isCrowded, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var answer = await reserve();
            if (!isCrowded(answer) || time.GetElapsedTime(started) >= WaitedFor)
                return answer;
            await Task.Delay(s_lookAgain, time, cancellationToken);
        }
    }
}
