using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Models;
using Vigil.Routing;

namespace Vigil.Settings;

/// <summary>Registers settings, agents and routes.</summary>
public static class SettingsServices
{
    /// <summary>
    /// Settings, secrets, agents and routes of one home, which must be there (<see cref="HomeStarter.Ensure"/>). The files are read now, because the rest of the
    /// composition depends on them, and followed until the container is disposed.
    /// </summary>
    /// <exception cref="FaultException">vigil.json or routes.json is broken or cannot be read; the fault lists everything wrong.</exception>
    public static SettingsMonitor AddVigilSettings(this IServiceCollection services, SettingsInputs inputs, TimeProvider time, Redaction redaction)
    {
        var home = new HomeSettings(inputs, time);
        services.TryAddSingleton(time);
        services.AddSettingsReaders(inputs, redaction);
        // By factories, so that the container owns and disposes them.
        services.AddSingleton(_ => home);
        services.AddSingleton(provider => provider.GetRequiredService<HomeSettings>().Monitor);
        services.AddSingleton<ISettings>(provider => provider.GetRequiredService<SettingsMonitor>());
        services.AddSingleton(provider => provider.GetRequiredService<HomeSettings>().Routes);
        services.AddSingleton<IAgentRegistry>(provider => provider.GetRequiredService<HomeSettings>().Agents);
        services.AddSingleton<AgentResolver>();
        return home.Monitor;
    }

    /// <summary>What needs no settings in force: secrets, providers, detection. Enough for the doctor of a home whose settings are broken.</summary>
    public static IServiceCollection AddSettingsReaders(this IServiceCollection services, SettingsInputs inputs, Redaction redaction)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(inputs);
        services.AddSingleton(inputs.Home);
        services.AddSingleton(redaction);
        services.AddSingleton<ISecrets, Secrets>();
        services.AddSingleton<IProviders, ProviderResolution>();
        services.AddSingleton(provider => new ModelDetection(inputs, provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
