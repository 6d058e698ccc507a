namespace Vigil.Work;

/// <summary>Wakes a loop of this process when there may be something to do; several signals before the loop looks are one.</summary>
public sealed class WorkSignal
{
    private TaskCompletionSource _changed = New();

    public void Set() => Interlocked.Exchange(ref _changed, New()).TrySetResult();

    /// <summary>Take this before looking; it completes with the first signal after it was taken.</summary>
    public Task Next => Volatile.Read(ref _changed).Task;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
