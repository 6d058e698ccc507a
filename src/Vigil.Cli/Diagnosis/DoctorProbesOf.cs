using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Diagnosis;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Storage.Home;
using Vigil.Store;

namespace Vigil.Cli.Diagnosis;

/// <summary>What the doctor looks at beyond settings and machine: inside a running gateway, and without one.</summary>
internal static class DoctorProbesOf
{
    public static DoctorProbes Gateway(IServiceProvider services) => new()
    {
        IsOurGateway = (endpoint, _) => Task.FromResult(Listens(services, endpoint)),
        ModelReach = services.GetRequiredService<ModelProbe>().ReachAsync,
        Store = cancellationToken => StoreProbe.LookAsync(services.GetRequiredService<IStore>(), cancellationToken),
    };

    /// <summary>The store is opened under the home's lock: whoever holds that lock owns it, and then it is left alone.</summary>
    public static DoctorProbes Offline(IServiceProvider services) => new()
    {
        ModelReach = services.GetRequiredService<ModelProbe>().ReachAsync,
        Store = async cancellationToken =>
        {
            var inputs = services.GetRequiredService<SettingsInputs>();
            try
            {
                var redaction = services.GetRequiredService<Redaction>();
                var storage = Composition.StorageOf(Composition.SettingsOf(inputs, services.GetRequiredService<TimeProvider>(), redaction), inputs, redaction);
                if (storage.Kind == StorageKind.Sqlite && !File.Exists(inputs.Home.Database))
                    return [Finding.Ok("store", "there is no database yet; the first start makes it")];
                using var home = storage.Kind == StorageKind.Sqlite ? HomeLock.Take(inputs.Home) : null;
                await using var store = StoreProbe.Open(storage, services);
                await store.Store.OpenAsync(cancellationToken);
                return await StoreProbe.LookAsync(store.Store, cancellationToken);
            }
            catch (FaultException broken) when (broken.Fault.Code == "settings_broken")
            {
                return [Finding.Warn("store", "not looked at, because the settings are broken", "Mend first what is said of vigil.json and routes.json.")];
            }
            catch (FaultException fault)
            {
                return [Finding.Error("store", fault.Message, fault.Fault.Hint ?? "See docs/storage.md.")];
            }
        },
    };

    private static bool Listens(IServiceProvider services, IPEndPoint endpoint)
        => services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.Any(address => new Uri(address).Port == endpoint.Port) == true;
}
