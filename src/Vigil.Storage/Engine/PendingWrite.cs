namespace Vigil.Storage.Engine;

/// <summary>A write that waits to share a transaction, and its caller who waits for the commit.</summary>
internal abstract class PendingWrite(CancellationToken cancellationToken)
{
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Why this write alone is not kept; the others of its batch may be.</summary>
    public Exception? Failure { get; set; }

    public abstract Task RunAsync(Db db);

    /// <summary>Its caller does not want it any more.</summary>
    public void Cancel()
    {
        Failure = new OperationCanceledException(CancellationToken);
        Answer();
    }

    /// <summary>Answers the caller; never before the commit.</summary>
    public abstract void Answer();
}

internal sealed class PendingWrite<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken) : PendingWrite(cancellationToken)
{
    // The caller's continuation must not run where the commits are done: it would hold up everybody else's.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override async Task RunAsync(Db db) => _result = await write(db);

    public override void Answer()
    {
        if (Failure is OperationCanceledException cancelled)
            _done.TrySetCanceled(cancelled.CancellationToken);
        else if (Failure is not null)
            _done.TrySetException(Failure);
        else
            _done.TrySetResult(_result);
    }
}
