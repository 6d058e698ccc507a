using Microsoft.Extensions.DependencyInjection;
using Vigil.Plugins;
using Vigil.Routing;
using Vigil.Tools;

namespace PluginSample;

/// <summary>What vigil.json may say under <c>pluginSettings</c>, <c>PluginSample.dll</c>.</summary>
/// <param name="Sides">Of each die.</param>
internal sealed record DiceSettings(int Sides = 6);

/// <summary>Registers what this assembly brings. Vigil makes one of it at start.</summary>
public sealed class SamplePlugin : IVigilPlugin
{
    public void Register(IServiceCollection services, PluginSettings settings)
    {
        // An unknown key or a bad value throws here, and the gateway does not start: better than dice that nobody asked for.
        services.AddSingleton(settings.Read<DiceSettings>());
        services.AddSingleton<IAgentSelector, TeamSelector>();
        services.AddSingleton<ITool, RollDiceTool>();
    }
}
