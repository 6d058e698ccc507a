using Quartz;
using Vigil.Time;

namespace Vigil.Scheduling.Cluster;

/// <summary>One pulse of the cluster. A slow handler costs later pulses, never a second one at the same time.</summary>
[DisallowConcurrentExecution]
internal sealed class PulseJob(IEnumerable<IPulseHandler> handlers, Duties duties) : IJob
{
    public static JobKey Key { get; } = new("pulse", "vigil");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
        => await duties.PulseAsync(handlers, cancellationToken);
}
