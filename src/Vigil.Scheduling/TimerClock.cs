using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vigil.Time;

namespace Vigil.Scheduling;

/// <summary>The clock of a process that owns its store: a timer for the pulse and one for each housekeeping. A late tick does the work of the missed ones.</summary>
internal sealed class TimerClock(NodeName name, Duties duties, TimeProvider time, IServiceProvider services)
    : IHostedService, INodes, IPulse, IDisposable
{
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Longer without a pulse than any handler should ever take.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    /// <summary>Ends the waiting for what is due.</summary>
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Ends what runs, when it does not end by itself in time.</summary>
    private readonly CancellationTokenSource _abandon = new();

    private Task? _ticking;
    private DateTimeOffset _startedAt;

    public string Self => name.Value;

    public DateTimeOffset? Last => duties.Last;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Asked for now and not at construction: upkeep may itself want to know the nodes.
        var handlers = services.GetServices<IPulseHandler>().ToList();
        var upkeep = services.GetServices<IHousekeeping>().ToList();
        _startedAt = time.GetUtcNow();
        _ticking = Task.WhenAll([PulseAsync(handlers), .. upkeep.Select(KeepAsync)]);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_ticking is not { } ticking)
            return;
        _ticking = null;
        await _stopping.CancelAsync();
        await using var patience = cancellationToken.Register(_abandon.Cancel);
        await ticking;
    }

    public Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<Node>>([new Node(Self, time.GetUtcNow())]);

    public Task<string?> ProblemAsync(CancellationToken cancellationToken)
    {
        var last = duties.Last ?? _startedAt;
        return Task.FromResult(
            _ticking is null ? "The scheduler has not started."
            : time.GetUtcNow() - last > s_silence ? $"No pulse since {last:O}."
            : null);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _abandon.Dispose();
    }

    private async Task PulseAsync(IReadOnlyList<IPulseHandler> handlers)
    {
        // What fell due while the gateway was down is not left for another second.
        var pulse = Task.Run(() => duties.PulseAsync(handlers, _abandon.Token));
        while (await NextSecondAsync())
        {
            await pulse;
            pulse = duties.PulseAsync(handlers, _abandon.Token);
        }
        await pulse;
    }

    // Slots lie on whole seconds: whoever looks right at one begins them on time. Each wait is measured anew, for timers drift; they may also be a little early.
    private async Task<bool> NextSecondAsync()
    {
        var now = time.GetUtcNow();
        var next = now.AddTicks(TimeSpan.TicksPerSecond - (now.Ticks % TimeSpan.TicksPerSecond));
        try
        {
            // Longer than a second, when the machine's clock was set back meanwhile: that second is not waited for.
            for (var wait = next - now; wait > TimeSpan.Zero && wait <= s_pace; wait = next - time.GetUtcNow())
                await Task.Delay(wait > s_shortest ? wait : s_shortest, time, _stopping.Token);
            return true;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task KeepAsync(IHousekeeping one)
    {
        using var timer = new PeriodicTimer(one.Every, time);
        while (await TickedAsync(timer))
            await duties.KeepAsync(one, _abandon.Token);
    }

    private async Task<bool> TickedAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
