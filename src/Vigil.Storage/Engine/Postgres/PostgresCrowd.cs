namespace Vigil.Storage.Engine.Postgres;

/// <summary>
/// Writes that may share a transaction. As long as few are under way each has its own; those that come meanwhile wait for one of them to end and then go together, which costs
/// the server and this process a fraction.
/// </summary>
/// <param name="commit">Commits the writes, or notes in each why not, and returns the wait for the disk.</param>
internal sealed class PostgresCrowd(Func<IReadOnlyList<PendingWrite>, Task<Task>> commit)
{
    // All of them wait for the slowest statement of each.
    private const int Most = 32;

    // One is at the server while this process prepares another; more keep neither busier.
    private static readonly int s_lanes = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private readonly Lock _lock = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private int _lanes;

    public Task<T> WriteAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        var pending = new PendingWrite<T>(write, cancellationToken);
        lock (_lock)
        {
            if (_lanes == s_lanes)
            {
                _waiting.Enqueue(pending);
                return pending.Task;
            }
            _lanes++;
        }
        _ = RunAsync([pending]);
        return pending.Task;
    }

    private async Task RunAsync(List<PendingWrite> writes)
    {
        for (; writes.Count > 0; writes = Next())
            _ = AnswerAsync(writes, await commit(writes));
    }

    private static async Task AnswerAsync(List<PendingWrite> writes, Task onDisk)
    {
        try
        {
            await onDisk;
        }
        catch (Exception e)
        {
            writes.ForEach(write => write.Failure ??= e);
        }
        writes.ForEach(write => write.Answer());
    }

    /// <summary>What waited; nothing, and the lane is free, when nobody did.</summary>
    private List<PendingWrite> Next()
    {
        var next = new List<PendingWrite>();
        lock (_lock)
        {
            while (next.Count < Most && _waiting.TryDequeue(out var write))
            {
                if (write.CancellationToken.IsCancellationRequested)
                    write.Cancel();
                else
                    next.Add(write);
            }
            if (next.Count == 0)
                _lanes--;
        }
        return next;
    }
}
