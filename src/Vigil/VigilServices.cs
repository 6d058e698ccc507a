using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Cron;
using Vigil.Events;
using Vigil.Ledger;
using Vigil.Nodes;
using Vigil.Notify;
using Vigil.Routing;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Tools;
using Vigil.Tools.Spawn;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil;

/// <summary>Registers the engine.</summary>
public static class VigilServices
{
    /// <summary>The engine: turns, work, notifications. It needs settings, a store and models beside it (AddVigilSettings, AddVigilStorage, AddVigilModels or your own).</summary>
    public static IServiceCollection AddVigil(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => NodeName.New(provider.GetRequiredService<TimeProvider>()));
        // Before the runner, so that it is stopped after it: a node that waits for its last works still lives.
        services.AddSingleton(provider => new NodeSigns(provider.GetRequiredService<INodeBook>(), provider.GetRequiredService<ISettings>(), provider.GetRequiredService<NodeName>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NodeSigns>>()));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<NodeSigns>());
        services.AddVigilTools();
        services.AddSingleton<PriceList>().AddSingleton<LedgerClerk>();

        services.AddSingleton<SkillShelf>().AddSingleton<ContextBuilder>().AddSingleton<TurnRunner>().AddSingleton<SessionGate>().AddSingleton<Compactor>();
        services.AddSingleton(provider => new ChatTurns(provider.GetRequiredService<IAgentRegistry>(), provider.GetRequiredService<TurnRunner>(), provider.GetRequiredService<ToolCatalog>(),
            provider.GetRequiredService<IRunStore>(), provider.GetRequiredService<SessionGate>(), provider.GetRequiredService<Compactor>(), provider.GetRequiredService<NodeName>(), provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton<WorkSignal>().AddSingleton<WorkIntake>().AddSingleton<WorkRequests>().AddSingleton<SourceTable>().AddSingleton<WorkTools>().AddSingleton<WorkEvents>();
        services.AddSingleton<GateLine>().AddSingleton<WorkRun>().AddSingleton<LentSlots>().AddSingleton<WorkRunner>().AddSingleton<Recovery>();
        services.AddSingleton(provider => new WorkControl(provider.GetRequiredService<IWorkStore>(), provider.GetRequiredService<WorkRunner>(),
            provider.GetRequiredService<WorkSignal>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IInputGate, NoModelGate>();
        services.AddSingleton<Why>();
        services.AddSingleton<ISpawner, Spawner>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<WorkRunner>());

        services.AddCron();
        services.AddSingleton(provider => new AgentRoster(provider.GetRequiredService<IAgentRegistry>(), provider.GetRequiredService<Routes>(), provider.GetRequiredService<IScheduleStore>(),
            provider.GetRequiredService<Schedules>(), provider.GetRequiredService<IWorkStore>(), provider.GetRequiredService<WorkControl>(), provider.GetRequiredService<IEventLog>(),
            provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton(provider => new AgentEditor(provider.GetRequiredService<VigilHome>(), provider.GetRequiredService<SettingsMonitor>()));

        services.AddSingleton<DeliverySignal>().AddSingleton<Targets>().AddSingleton<SaidBook>().AddSingleton<Speech>().AddSingleton<ChannelAlerts>().AddSingleton<DeliveryWorker>();
        services.AddSingleton<IHousekeeping, DigestKeeper>().AddSingleton<IHousekeeping, Retention>().AddSingleton<IHousekeeping>(provider => provider.GetRequiredService<Recovery>());
        services.AddSingleton<IOutputGate, NagLimitGate>().AddSingleton<IOutputGate, QuietHoursGate>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<DeliveryWorker>());
        return services;
    }
}
