using Quartz;
using Vigil.Time;

namespace Vigil.Scheduling.Cluster;

/// <summary>Runs the housekeeping that its key names.</summary>
[DisallowConcurrentExecution]
internal sealed class HousekeepingJob(IEnumerable<IHousekeeping> all, Duties duties) : IJob
{
    public const string Group = "housekeeping";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        // A newer node of the cluster may know a housekeeping that this one does not.
        if (all.FirstOrDefault(housekeeping => housekeeping.Name == context.JobDetail.Key.Name) is { } found)
            await duties.KeepAsync(found, cancellationToken);
    }
}
