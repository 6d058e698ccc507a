namespace Vigil.Work;

/// <summary>Why a running work was told to stop. The first cause stands.</summary>
internal enum StopCause
{
    None,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>A person goes first in its session.</summary>
    StepBack,

    /// <summary>The gateway stops: the work is handed back.</summary>
    Stopping,

    /// <summary>Another attempt owns it: nothing may be written any more.</summary>
    Lost,
}

/// <summary>One running work as its node holds it.</summary>
internal sealed class RunHandle(AgentWork work, string node) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private int _cause;

    public AgentWork Work { get; } = work;

    public WorkClaim Claim { get; } = new(work.Id, work.Attempt, node);

    public CancellationToken Stopped => _stop.Token;

    public StopCause Cause => (StopCause)Volatile.Read(ref _cause);

    public void Stop(StopCause cause)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)StopCause.None) != (int)StopCause.None)
            return;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run ended between somebody's look at the list and this call: nothing is left to stop.
        }
    }

    public void Dispose() => _stop.Dispose();
}
