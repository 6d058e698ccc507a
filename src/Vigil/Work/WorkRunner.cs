using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Settings;

namespace Vigil.Work;

/// <summary>
/// The slots of this node: claims due works, never more than are free, runs each on its own, keeps their leases alive and listens for what others want of
/// them. Three stops stay apart: stop claiming, stop running, and the single work's own.
/// </summary>
internal sealed class WorkRunner(IWorkStore store, WorkRun run, Recovery recovery, WorkSignal signal, SessionGate people, LentSlots lent, ISettings settings, NodeName node, TimeProvider time, ILogger<WorkRunner> log)
    : BackgroundService
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, RunHandle> _running = [];
    private readonly ConcurrentDictionary<string, Task> _tasks = [];

    /// <summary>Works that run on this node now.</summary>
    public int Running => _running.Count;

    /// <summary>Ends a running work of this node at once when somebody cancelled it; other nodes hear of it at their next look.</summary>
    public void Cancel(string workId)
    {
        if (_running.TryGetValue(workId, out var handle))
            handle.Stop(StopCause.Cancelled);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var within = settings.Current.Gateway.Work.StopWithin;
        var all = Task.WhenAll(_tasks.Values);
        await Task.WhenAny(all, Task.Delay(within, time, cancellationToken));
        foreach (var handle in _running.Values)
            handle.Stop(StopCause.Stopping);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        people.PersonCame += StepBack;
        try
        {
            await recovery.AtStartAsync(stoppingToken);
            await Task.WhenAll(ClaimLoopAsync(stoppingToken), WatchLoopAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped.
        }
        finally
        {
            people.PersonCame -= StepBack;
        }
    }

    private async Task ClaimLoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var asked = signal.Next;
            var freed = lent.Freed.Next;
            var work = settings.Current.Gateway.Work;
            var free = work.Slots - (_running.Count - lent.Count);
            var claimed = 0;
            try
            {
                if (free > 0)
                {
                    var works = await store.ClaimAsync(node.Value, free, time.GetUtcNow(), work.Lease, cancellationToken);
                    claimed = works.Count;
                    foreach (var one in works)
                        Start(one);
                }
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                log.LogError(failed, "Works could not be claimed; trying again in {Seconds} s.", s_lookAgain.TotalSeconds);
            }
            if (claimed == 0 || claimed == free)
                await WaitAsync(free > 0 ? Task.WhenAny(asked, freed) : freed, cancellationToken);
        }
    }

    // A look each second finds what became due without a signal: deferred works, works of other nodes.
    private async Task WaitAsync(Task until, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(until, Task.Delay(s_lookAgain, time, over.Token));
        await over.CancelAsync();
    }

    private async Task WatchLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_lookAgain, time);
        var takeOver = true;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                // One instant for both: a process that was held up in between, or whose clock leapt, does not take its own works for lost.
                var now = time.GetUtcNow();
                await RenewAsync(now, cancellationToken);
                var work = settings.Current.Gateway.Work;
                if (takeOver = !takeOver)
                {
                    foreach (var (lost, holder) in await store.TakeOverAsync(null, now, work.Attempts, cancellationToken))
                        log.LogWarning("Work {Work} of {Agent} was lost by {Node} and is {State} again.", lost.Id, lost.Agent, holder, lost.State);
                }
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                log.LogError(failed, "The running works could not be looked after; trying again.");
            }
        }
    }

    private async Task RenewAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var handles = _running.Values.ToList();
        if (handles.Count == 0)
            return;
        var watch = await store.RenewAsync(node.Value, [.. handles.Select(handle => handle.Claim)], now, settings.Current.Gateway.Work.Lease, cancellationToken);
        Stop(watch.Lost, StopCause.Lost);
        Stop(watch.Cancel, StopCause.Cancelled);
        Stop(watch.StepBack, StopCause.StepBack);
    }

    private void Stop(IReadOnlyList<string> ids, StopCause cause)
    {
        foreach (var id in ids)
        {
            if (_running.TryGetValue(id, out var handle))
                handle.Stop(cause);
        }
    }

    private void StepBack(SessionKey session)
    {
        foreach (var handle in _running.Values.Where(handle => handle.Work.Session == session))
            handle.Stop(StopCause.StepBack);
    }

    private void Start(AgentWork work)
    {
        var handle = new RunHandle(work, node.Value);
        _running[work.Id] = handle;
        _tasks[work.Id] = Task.Run(() => RunAsync(handle));
    }

    private async Task RunAsync(RunHandle handle)
    {
        try
        {
            await run.ExecuteAsync(handle);
        }
        catch (Exception escaped)
        {
            // The store is gone or this is a bug. The row stays running; its lease passes and the work is taken over.
            log.LogError(escaped, "Work {Work} of {Agent} could not be brought to its end.", handle.Work.Id, handle.Work.Agent);
        }
        finally
        {
            _running.TryRemove(handle.Work.Id, out _);
            _tasks.TryRemove(handle.Work.Id, out _);
            handle.Dispose();
            lent.Freed.Set();
        }
    }
}
