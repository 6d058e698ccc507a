using Microsoft.Extensions.DependencyInjection;
using Vigil.Plugins;
using Vigil.Routing;
using Vigil.Tools;

namespace PluginSample;

/// <summary>Registers what this assembly brings. Vigil makes one of it at start.</summary>
public sealed class SamplePlugin : IVigilPlugin
{
    public void Register(IServiceCollection services)
    {
        services.AddSingleton<IAgentSelector, TeamSelector>();
        services.AddSingleton<ITool, RollDiceTool>();
    }
}
