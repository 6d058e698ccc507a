namespace Vigil.Storage.Events;

/// <summary>The newest event id that this process knows to be committed, and everybody who waits for a higher one.</summary>
internal sealed class EventWatch
{
    private readonly Lock _lock = new();
    private long _newest;
    private TaskCompletionSource _next = NewSource();

    public void Publish(long newest)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            if (newest <= _newest)
                return;
            _newest = newest;
            done = _next;
            _next = NewSource();
        }
        done.SetResult();
    }

    public Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        lock (_lock)
            return _newest > after ? Task.CompletedTask : _next.Task.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
