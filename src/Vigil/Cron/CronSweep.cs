using Vigil.Notify;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>Each pulse: what is due becomes work.</summary>
internal sealed class CronSweep(IScheduleStore store, ISweepPlan plan, WorkSignal works, DeliverySignal deliveries) : IPulseHandler
{
    private const int AtOnce = 1000;

    public string Name => "cron";

    public async ValueTask OnPulseAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var more = true;
        while (more)
        {
            var swept = await store.SweepAsync(now, AtOnce, plan, cancellationToken);
            if (swept.Admitted > 0)
                works.Set();
            if (swept.Notices > 0)
                deliveries.Set();
            more = swept.More;
        }
    }
}

/// <summary>History is bounded by age with all works (gateway.work.keep), and by number here.</summary>
internal sealed class CronHistoryUpkeep(IScheduleStore store) : IHousekeeping
{
    public const int KeepEach = 1000;

    public string Name => "cron history";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(CancellationToken cancellationToken) => store.PruneHistoryAsync(KeepEach, cancellationToken);
}
