using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Turns;

namespace Vigil.Sessions;

/// <summary>A person's way into a session: first come, first served on this node, and one turn at a time over all nodes.</summary>
internal sealed class SessionGate(ISessionTurns turns, TimeProvider time, ILogger<SessionGate> log)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<SessionKey, Line> _lines = [];

    /// <summary>Raised when a person holds or waits for a session, so that this node's works step back without waiting for the next look.</summary>
    public event Action<SessionKey>? PersonCame;

    /// <summary>Waits until the session is free, takes it and begins the run in one commit, of which nobody may be told before it is on the disk.</summary>
    /// <param name="fresh">What makes the conversation an old one at the moment of that commit; null when it goes on in any case.</param>
    public async Task<SessionHold> EnterAsync(RunStart run, Func<DateTimeOffset, FreshStart?>? fresh, CancellationToken cancellationToken)
    {
        var line = await JoinAsync(run.Session, cancellationToken);
        try
        {
            while (true)
            {
                var now = time.GetUtcNow();
                var begins = run with { StartedAt = now, Fresh = fresh?.Invoke(now) };
                var (entry, onDisk) = await turns.TryEnterAsync(run.Session, run.Id, run.Node, s_lease, now, begins, cancellationToken);
                if (entry != SessionEntry.Waits)
                {
                    return new SessionHold(new PeriodicTimer(s_lease / 3, time), token => RenewAsync(run.Session, run.Id, token), isLeft => LeaveAsync(run.Session, run.Id, line, isLeft))
                    {
                        OnDisk = onDisk,
                        BegunAnew = entry == SessionEntry.BegunAnew ? begins.Fresh!.Note : null,
                    };
                }
                await onDisk;
                PersonCame?.Invoke(run.Session);
                await Task.Delay(s_askAgain, time, cancellationToken);
            }
        }
        catch
        {
            await LeaveAsync(run.Session, run.Id, line, isLeft: false);
            throw;
        }
    }

    private async Task<Line> JoinAsync(SessionKey key, CancellationToken cancellationToken)
    {
        Line line;
        lock (_lines)
        {
            line = _lines.GetOrAdd(key, static _ => new Line());
            line.People++;
        }
        try
        {
            await line.Turn.WaitAsync(cancellationToken);
            return line;
        }
        catch
        {
            Forget(key, line);
            throw;
        }
    }

    private void Forget(SessionKey key, Line line)
    {
        lock (_lines)
        {
            if (--line.People == 0)
                _lines.TryRemove(key, out _);
        }
    }

    private async Task LeaveAsync(SessionKey key, string holder, Line line, bool isLeft)
    {
        try
        {
            if (!isLeft)
                await turns.LeaveAsync(key, holder, CancellationToken.None);
        }
        finally
        {
            line.Turn.Release();
            Forget(key, line);
        }
    }

    private async Task RenewAsync(SessionKey key, string holder, CancellationToken cancellationToken)
    {
        try
        {
            await turns.RenewAsync(key, holder, s_lease, time.GetUtcNow(), cancellationToken);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // The turn goes on: a store that is gone for longer than the lease makes its finish fail, and that is where it is reported.
            log.LogWarning(failed, "The turn in {Session} could not be prolonged.", key);
        }
    }

    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public int People { get; set; }
    }
}

/// <summary>A person's turn in a session, kept alive until it is disposed of.</summary>
internal sealed class SessionHold : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly PeriodicTimer _ticks;
    private readonly Task _renewal;
    private readonly Func<bool, Task> _leave;

    public SessionHold(PeriodicTimer ticks, Func<CancellationToken, Task> renew, Func<bool, Task> leave)
    {
        _ticks = ticks;
        _leave = leave;
        _renewal = KeepAsync(renew);
    }

    /// <summary>Ends when the beginning is on the disk.</summary>
    public required Task OnDisk { get; init; }

    /// <summary>The run has ended, and left the session in the same commit.</summary>
    public bool IsLeft { get; set; }

    /// <summary>Why the conversation begins anew with this turn; null when it goes on.</summary>
    public string? BegunAnew { get; init; }

    public async ValueTask DisposeAsync()
    {
        // Ends the wait for the next tick without an exception, which would cost each turn more than its way through the store.
        _ticks.Dispose();
        if (!_renewal.IsCompleted)
            await _over.CancelAsync();
        await _renewal.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
        await _leave(IsLeft);
    }

    private async Task KeepAsync(Func<CancellationToken, Task> renew)
    {
        while (await _ticks.WaitForNextTickAsync())
            await renew(_over.Token);
    }
}
