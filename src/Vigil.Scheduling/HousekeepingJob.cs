using Microsoft.Extensions.Logging;
using Quartz;
using Vigil.Time;

namespace Vigil.Scheduling;

/// <summary>Runs the housekeeping that its key names.</summary>
[DisallowConcurrentExecution]
internal sealed class HousekeepingJob(IEnumerable<IHousekeeping> all, ILogger<HousekeepingJob> logger) : IJob
{
    public const string Group = "housekeeping";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var name = context.JobDetail.Key.Name;
        // A newer node of the cluster may know a housekeeping that this one does not.
        if (all.FirstOrDefault(housekeeping => housekeeping.Name == name) is not { } found)
            return;
        try
        {
            await found.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The scheduler is stopping; the next run does what is left.
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "Housekeeping {Housekeeping} failed; it runs again in {Every}", name, found.Every);
        }
    }
}
