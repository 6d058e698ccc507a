using Microsoft.Extensions.DependencyInjection;

namespace Vigil.Plugins;

/// <summary>
/// The way in of an extension: one public class with a constructor without parameters in an assembly that lies in <c>plugins/</c> and is listed under <c>plugins</c> in
/// vigil.json. It registers what it brings as singletons: <see cref="Routing.IAgentSelector"/>, <see cref="Work.IWorkSource"/>, <see cref="Work.IInputGate"/>,
/// <see cref="Work.IOutputGate"/>, <see cref="Tools.ITool"/>, <see cref="Notify.IChannel"/>, <see cref="Heartbeat.Probes.IProbe"/>. It runs with all rights of the gateway.
/// </summary>
public interface IVigilPlugin
{
    /// <summary>Called once at start, after Vigil has registered its own services and before any of them is made. What it throws keeps the gateway from starting.</summary>
    /// <param name="settings">What vigil.json says to this plug-in.</param>
    void Register(IServiceCollection services, PluginSettings settings);
}

/// <summary>The extensions of this process, in the order in which they are listed.</summary>
public sealed record LoadedPlugins(IReadOnlyList<LoadedPlugin> All);

/// <param name="File">As it is listed in vigil.json.</param>
/// <param name="Type">The class that registered.</param>
public sealed record LoadedPlugin(string File, string Version, string Type);
