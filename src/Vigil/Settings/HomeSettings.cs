using Vigil.Agents;
using Vigil.Routing;

namespace Vigil.Settings;

/// <summary>All files of the home that are followed while the gateway runs, opened together: settings, then routes, then agents as they are asked for.</summary>
internal sealed class HomeSettings : IDisposable
{
    /// <exception cref="Errors.FaultException">vigil.json or routes.json is broken or cannot be read.</exception>
    public HomeSettings(SettingsInputs inputs, TimeProvider time)
    {
        var directories = new AgentDirectories(inputs.Home);
        Monitor = new SettingsMonitor(inputs, directories, time);
        Routes = new Routes(inputs.Home, directories);
        Agents = new AgentRegistry(inputs.Home, directories, Monitor, time);
        Monitor.Follow(Routes);
        Monitor.Follow(Agents);
        Monitor.Start();
    }

    public SettingsMonitor Monitor { get; }

    public Routes Routes { get; }

    public AgentRegistry Agents { get; }

    public void Dispose() => Monitor.Dispose();
}
