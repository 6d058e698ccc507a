using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Quartz;
using Vigil.Time;

namespace Vigil.Scheduling.Cluster;

/// <summary>The clock of nodes that share a store: starts and stops Quartz, plans the pulse and the housekeeping, and answers for the nodes that Quartz knows.</summary>
internal sealed class QuartzClock(
    NodeName name, ISchedulerFactory factory, Duties duties, TimeProvider time, IServiceProvider services)
    : IHostedService, INodes, IPulse
{
    private IScheduler? _scheduler;

    public string Self => name.Value;

    public DateTimeOffset? Last => duties.Last;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var scheduler = await factory.GetScheduler(cancellationToken);
        await PlanAsync(scheduler, JobBuilder.Create<PulseJob>().WithIdentity(PulseJob.Key).StoreDurably().Build(), TimeSpan.FromSeconds(1), cancellationToken);
        // Asked for now and not at construction: upkeep may itself want to know the nodes.
        foreach (var one in services.GetServices<IHousekeeping>())
        {
            var job = JobBuilder.Create<HousekeepingJob>().WithIdentity(one.Name, HousekeepingJob.Group).StoreDurably().Build();
            await PlanAsync(scheduler, job, one.Every, cancellationToken);
        }
        await scheduler.Start(cancellationToken);
        _scheduler = scheduler;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is { } scheduler)
            await scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken);
        _scheduler = null;
    }

    public async Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is not { } scheduler)
            return [new Node(Self, time.GetUtcNow())];
        var nodes = await scheduler.QueryClusterNodes(cancellationToken);
        return [.. nodes.Where(one => one.State != ClusterNodeState.Failed).Select(one => new Node(one.InstanceId, one.LastCheckInUtc ?? time.GetUtcNow()))];
    }

    public async Task<string?> ProblemAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is null)
            return "The scheduler has not started.";
        return (await LivingAsync(cancellationToken)).Any(one => one.Id == Self) ? null : "This node's sign of life is missing in the store.";
    }

    // A test clock may leap: what it leapt over is not made up for.
    private SimpleScheduleBuilder Pace(SimpleScheduleBuilder schedule) => time is TestClock ? schedule.MeasureIntervalFromCompletion() : schedule;

    private async Task PlanAsync(IScheduler scheduler, IJobDetail job, TimeSpan every, CancellationToken cancellationToken)
    {
        // Slots lie on whole seconds, and so do pulses. A begin that has passed when it is stored would be moved to that instant, so there is at least a second for it.
        // A late pulse does the work of the missed ones: they are not made up for.
        var now = time.GetUtcNow();
        var trigger = TriggerBuilder.Create()
            .WithIdentity(job.Key.Name, job.Key.Group)
            .ForJob(job)
            .StartAt(now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)) + TimeSpan.FromSeconds(1) + every)
            .WithSimpleSchedule(schedule => Pace(schedule.WithInterval(every).RepeatForever()))
            .Build();
        var planned = await scheduler.GetTrigger(trigger.Key, cancellationToken) as ISimpleTrigger;
        // Another node planned the same: leave its phase alone, unless it lies beside the seconds, as those of former versions do.
        if (planned?.RepeatInterval == every && planned.StartTimeUtc.Ticks % TimeSpan.TicksPerSecond == 0)
        {
            await scheduler.ResetTriggerFromErrorState(trigger.Key, cancellationToken);
            return;
        }
        await scheduler.ScheduleJobs(
            new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>> { [job] = [trigger] }, new ScheduleJobOptions { Replace = true }, cancellationToken);
    }
}
