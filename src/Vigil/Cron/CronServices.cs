using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Tasks;
using Vigil.Time;
using Vigil.Tools;
using Vigil.Work;

namespace Vigil.Cron;

internal static class CronServices
{
    /// <summary>Schedules and webhook tasks: their sources, the sweep, and what people do with them.</summary>
    public static IServiceCollection AddCron(this IServiceCollection services)
    {
        services.AddSingleton<IWorkSource, CronSource>().AddSingleton<IWorkSource, TaskSource>();
        services.AddSingleton<ScheduleNotices>().AddSingleton<ISweepPlan, SweepPlan>().AddSingleton<ScheduleRequests>();
        services.AddSingleton(provider => new Schedules(provider.GetRequiredService<IScheduleStore>(), provider.GetRequiredService<ScheduleRequests>(), provider.GetRequiredService<WorkIntake>(),
            provider.GetRequiredService<IAgentRegistry>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new HookTasks(provider.GetRequiredService<WorkRequests>(), provider.GetRequiredService<WorkIntake>(), provider.GetRequiredService<IPostStore>(),
            provider.GetRequiredService<Targets>(), provider.GetRequiredService<DeliverySignal>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPulseHandler, CronSweep>().AddSingleton<IHousekeeping, CronHistoryUpkeep>();
        return services;
    }
}
