using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Quartz;
using Vigil.Scheduling.Cluster;
using Vigil.Time;

namespace Vigil.Scheduling;

/// <summary>Registers the pulse and housekeeping.</summary>
public static class SchedulingServices
{
    private const string Name = "Vigil";

    /// <summary>A pulse that is later than this is left out: the next one does its work.</summary>
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(2);

    /// <summary>The pulse and the housekeeping of one process that owns its store: timers, and nothing is kept. Phases live in the store's own tables.</summary>
    public static IServiceCollection AddVigilScheduling(this IServiceCollection services, TimeProvider time)
        => services.AddClock<TimerClock>(time);

    /// <summary>
    /// The same for nodes that share one PostgreSQL: exactly one of them pulses, another takes over when it dies. Quartz keeps its own
    /// tables (<c>qrtz_…</c>) in <paramref name="schema"/> and makes them when they are missing.
    /// </summary>
    /// <param name="connection">Its pool must hold at least ten connections.</param>
    public static IServiceCollection AddVigilScheduling(this IServiceCollection services, TimeProvider time, DbProviderFactory factory, string connection, string schema)
    {
        services.AddQuartz(quartz =>
        {
            quartz.UseTimeProvider(time);
            quartz.UseDefaultThreadPool(4);
            quartz.ConfigureScheduler(options =>
            {
                options.InstanceName = Name;
                options.IdleWaitTime = TimeSpan.FromSeconds(1);
            });
            quartz.AddJobType<PulseJob>();
            quartz.AddJobType<HousekeepingJob>();
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(factory, connection);
                store.UseSystemTextJsonSerializer();
                store.ProvisionSchema();
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = $"{schema}.qrtz_";
                    options.MisfireThreshold = s_late;
                });
                store.UseClustering(options =>
                {
                    options.CheckinInterval = TimeSpan.FromSeconds(1);
                    options.CheckinMisfireThreshold = TimeSpan.FromSeconds(5);
                });
            });
        });
        // One name in Quartz's list of nodes and on the claims of works: whoever is gone there has lost these.
        services.AddOptions<QuartzSchedulerOptions>().Configure<NodeName>((options, node) => options.InstanceId = node.Value);
        return services.AddClock<QuartzClock>(time);
    }

    private static IServiceCollection AddClock<T>(this IServiceCollection services, TimeProvider time)
        where T : class, IHostedService, INodes, IPulse
    {
        services.TryAddSingleton(_ => NodeName.New(time));
        services.AddSingleton<Duties>();
        services.AddSingleton<T>();
        services.AddSingleton<INodes>(provider => provider.GetRequiredService<T>());
        services.AddSingleton<IPulse>(provider => provider.GetRequiredService<T>());
        services.AddHostedService(provider => provider.GetRequiredService<T>());
        return services;
    }
}
