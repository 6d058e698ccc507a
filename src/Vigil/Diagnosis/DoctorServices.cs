using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>What the doctor cannot know by itself.</summary>
public sealed record DoctorProbes
{
    /// <summary>Whether a gateway of this home answers at the address; without it no answer counts as ours.</summary>
    public Func<IPEndPoint, CancellationToken, Task<bool>>? IsOurGateway { get; init; }

    /// <summary>Without it models are not asked.</summary>
    public ModelReach? ModelReach { get; init; }

    /// <summary>Without it the store is not looked at.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<Finding>>>? Store { get; init; }
}

/// <summary>Registers the doctor.</summary>
public static class DoctorServices
{
    /// <summary>The doctor; needs only <see cref="SettingsServices.AddSettingsReaders"/>, and works with broken settings and beside a running gateway.</summary>
    public static IServiceCollection AddVigilDoctor(this IServiceCollection services, Func<IServiceProvider, DoctorProbes> probes)
        => services.AddSingleton<ModelProbe>().AddSingleton(provider => Make(provider, probes(provider)));

    private static Doctor Make(IServiceProvider provider, DoctorProbes probes)
    {
        var inputs = provider.GetRequiredService<SettingsInputs>();
        var time = provider.GetRequiredService<TimeProvider>();
        List<IDoctorCheck> checks =
        [
            new SettingsCheck(inputs),
            new AgentsCheck(inputs, provider.GetRequiredService<IProviders>()),
            new ChecklistsCheck(inputs),
            new RoutesCheck(inputs),
            new SecretsCheck(inputs.Home),
            new PluginsCheck(inputs),
            new ClockCheck(inputs, time),
            new DiskCheck(inputs.Home),
            new PortCheck(inputs, probes.IsOurGateway ?? ((_, _) => Task.FromResult(false))),
        ];
        if (provider.GetServices<IChannel>().ToDictionary(channel => channel.Kind) is { Count: > 0 } channels)
            checks.Add(new ChannelsCheck(inputs, provider.GetRequiredService<ISecrets>(), channels));
        if (probes.ModelReach is { } reach)
            checks.Add(new ModelCheck(inputs, provider.GetRequiredService<ModelDetection>(), reach));
        if (probes.Store is { } store)
            checks.Add(new DelegatedCheck("store", store));
        checks.AddRange(provider.GetServices<IDoctorCheck>());
        return new Doctor(checks, provider.GetRequiredService<Redaction>(), time);
    }
}
