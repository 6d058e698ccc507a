namespace Vigil.Work;

/// <summary>What people may do to a work: cancel and retry, from any node.</summary>
public sealed class WorkControl
{
    private readonly IWorkStore _store;
    private readonly WorkRunner _runner;
    private readonly WorkSignal _signal;
    private readonly TimeProvider _time;

    internal WorkControl(IWorkStore store, WorkRunner runner, WorkSignal signal, TimeProvider time)
    {
        _store = store;
        _runner = runner;
        _signal = signal;
        _time = time;
    }

    public async Task<CancelResult> CancelAsync(string id, CancellationToken cancellationToken)
    {
        var result = await _store.CancelAsync(id, _time.GetUtcNow(), cancellationToken);
        if (result == CancelResult.Requested)
            _runner.Cancel(id);
        return result;
    }

    public async Task<RetryResult> RetryAsync(string id, CancellationToken cancellationToken)
    {
        var result = await _store.RetryAsync(id, _time.GetUtcNow(), cancellationToken);
        if (result == RetryResult.Waiting)
            _signal.Set();
        return result;
    }
}
