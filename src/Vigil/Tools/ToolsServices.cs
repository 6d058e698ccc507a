using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Vigil.Cron;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Tools.Mcp;
using Vigil.Tools.Memory;
using Vigil.Tools.Shell;
using Vigil.Tools.Spawn;
using Vigil.Tools.Web;

namespace Vigil.Tools;

/// <summary>Registers the built-in tools.</summary>
public static class ToolsServices
{
    /// <summary>Adds the tools. Needs VigilHome, ISecrets, ISettings, IAgentRegistry, ISessionStore and TimeProvider; uses an ISpawner and Schedules if there are.</summary>
    public static IServiceCollection AddVigilTools(this IServiceCollection services)
    {
        services.TryAddSingleton<IHostResolver, DnsHostResolver>();
        services.TryAddSingleton<IMemoryIndex, MemoryIndex>();
        services.TryAddSingleton<GuardedConnections>();
        // Sub-agents run turns and turns have tools: looked up when first used, so that the circle is none at construction.
        services.AddSingleton(provider => new Lazy<ISpawner?>(provider.GetService<ISpawner>));
        services.AddSingleton(provider => new Lazy<ISessionStore>(provider.GetRequiredService<ISessionStore>));
        // A schedule names tools and one tool makes schedules: the same circle.
        services.AddSingleton(provider => new Lazy<Schedules?>(provider.GetService<Schedules>));
        // It reports by waking agents, and what wakes them is registered with the heartbeat.
        services.AddSingleton(provider => new Lazy<BackgroundCommands?>(provider.GetService<BackgroundCommands>));
        services.AddSingleton<BuiltInTools>();
        services.AddSingleton<McpServers>();
        services.AddSingleton<IToolProvider>(provider => provider.GetRequiredService<BuiltInTools>());
        services.AddSingleton<IToolProvider>(provider => provider.GetRequiredService<McpServers>());
        services.AddSingleton<IToolProvider, RegisteredTools>();
        services.AddSingleton<IMcpStatus>(provider => provider.GetRequiredService<McpServers>());
        services.AddSingleton<ToolCatalog>();
        services.AddSingleton<ToolInvoker>();
        return services;
    }
}
