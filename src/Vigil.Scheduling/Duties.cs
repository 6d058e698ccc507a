using Microsoft.Extensions.Logging;
using Vigil.Time;

namespace Vigil.Scheduling;

/// <summary>What a pulse and a run of housekeeping do, whichever clock fires them: a failure is logged and ends nothing else.</summary>
internal sealed class Duties(TimeProvider time, ILogger<Duties> logger)
{
    private long _last;

    /// <summary>When this node last pulsed.</summary>
    public DateTimeOffset? Last => Interlocked.Read(ref _last) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Every handler once, side by side.</summary>
    public async Task PulseAsync(IEnumerable<IPulseHandler> handlers, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Interlocked.Exchange(ref _last, now.UtcTicks);
        await Task.WhenAll(handlers.Select(handler => CallAsync(handler, now, cancellationToken)));
    }

    public async Task KeepAsync(IHousekeeping housekeeping, CancellationToken cancellationToken)
    {
        try
        {
            await housekeeping.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The scheduler is stopping; the next run does what is left.
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "Housekeeping {Housekeeping} failed; it runs again in {Every}", housekeeping.Name, housekeeping.Every);
        }
    }

    private async Task CallAsync(IPulseHandler handler, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await handler.OnPulseAsync(now, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The scheduler is stopping; what is due stays due.
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "Pulse handler {Handler} failed; it is called again with the next pulse", handler.Name);
        }
    }
}
