using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vigil.Heartbeat.Gates;
using Vigil.Heartbeat.Probes;
using Vigil.Settings;
using Vigil.State;
using Vigil.Time;
using Vigil.Tools.Shell;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>Registers heartbeats and wakes.</summary>
public static class HeartbeatServices
{
    /// <summary>Beats and wakes: two sources, their gates, the sweep of slots, probes and their watch. Needs AddVigil and a store.</summary>
    public static IServiceCollection AddVigilHeartbeat(this IServiceCollection services)
    {
        services.AddSingleton<IWorkSource, HeartbeatSource>().AddSingleton<IWorkSource, WakeSource>();
        services.AddSingleton<IInputGate, DisabledGate>().AddSingleton<IInputGate, PausedGate>().AddSingleton<IInputGate, ActiveHoursGate>().AddSingleton<IInputGate, BusyGate>();
        services.AddSingleton<IInputGate, FloodGate>().AddSingleton<IInputGate, EmptyChecklistGate>().AddSingleton<IInputGate, NothingDueGate>().AddSingleton<IInputGate, NothingNewGate>();
        services.AddSingleton<ChecklistFile>().AddSingleton<CheckBook>().AddSingleton<BeatStateReader>().AddSingleton<StateMirror>();
        services.AddSingleton<BeatPrompt>().AddSingleton<Escalations>().AddSingleton<BeatNotices>().AddSingleton<BeatCommit>();
        services.AddSingleton<IProbe, FileProbe>().AddSingleton<IProbe, HttpProbe>().AddSingleton<IProbe, CommandProbe>().AddSingleton<IProbe, McpProbe>().AddSingleton<IProbe, InboxReplyProbe>();
        services.AddSingleton<Prober>().AddSingleton<Wakes>();
        services.AddSingleton<BeatRound>().AddSingleton<BeatPlanner>();
        services.AddSingleton<IPulseHandler>(provider => provider.GetRequiredService<BeatPlanner>());
        services.AddSingleton<IHousekeeping, ProbeWatcher>().AddSingleton<IHousekeeping, WakeRetention>();
        services.AddSingleton<CommandReports>().AddSingleton<BackgroundCommands>().AddSingleton<IHousekeeping, CommandUpkeep>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<BackgroundCommands>());
        services.AddSingleton(provider => new ChecklistEditor(provider.GetRequiredService<VigilHome>()));
        services.AddSingleton(provider => new Heartbeats(provider.GetRequiredService<IHeartbeatStore>(), provider.GetRequiredService<IStateStore>(),
            provider.GetRequiredService<ChecklistFile>(), provider.GetRequiredService<BeatStateReader>(), provider.GetRequiredService<Prober>(),
            provider.GetRequiredService<WorkIntake>(), provider.GetRequiredService<WorkSignal>(), provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
