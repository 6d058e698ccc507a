using Microsoft.Extensions.Logging;
using Quartz;
using Vigil.Time;

namespace Vigil.Scheduling;

/// <summary>One pulse: every handler once, side by side. A slow handler costs later pulses, never a second one at the same time.</summary>
[DisallowConcurrentExecution]
internal sealed class PulseJob(IEnumerable<IPulseHandler> handlers, PulseState state, TimeProvider time, ILogger<PulseJob> logger) : IJob
{
    public static JobKey Key { get; } = new("pulse", "vigil");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        state.Mark(now);
        await Task.WhenAll(handlers.Select(handler => CallAsync(handler, now, cancellationToken)));
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
