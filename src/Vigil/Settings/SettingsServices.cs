using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Vigil.Agents;
using Vigil.Models;
using Vigil.Routing;

namespace Vigil.Settings;

public static class SettingsServices
{
    /// <summary>
    /// Settings, secrets, agents and routes of one home. The home must be there (<see cref="HomeStarter.Ensure"/>). Resolving any of them reads the files;
    /// broken ones throw a <see cref="Errors.FaultException"/> that lists everything wrong.
    /// </summary>
    public static IServiceCollection AddVigilSettings(this IServiceCollection services, SettingsInputs inputs)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(inputs);
        services.AddSingleton(inputs.Home);
        services.AddSingleton<HomeSettings>();
        // Owned by HomeSettings, which disposes what needs it.
        services.AddSingleton(provider => provider.GetRequiredService<HomeSettings>().Monitor);
        services.AddSingleton<ISettings>(provider => provider.GetRequiredService<HomeSettings>().Monitor);
        services.AddSingleton(provider => provider.GetRequiredService<HomeSettings>().Routes);
        services.AddSingleton<IAgentRegistry>(provider => provider.GetRequiredService<HomeSettings>().Agents);
        services.AddSingleton<AgentResolver>();
        services.AddSingleton<Redaction>();
        services.AddSingleton<ISecrets, Secrets>();
        services.AddSingleton<IProviders, ProviderResolution>();
        services.AddSingleton(provider => new ModelDetection(inputs, provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
