using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Vigil.Channels;
using Vigil.Cli.Diagnosis;
using Vigil.Cli.Up;
using Vigil.Diagnosis;
using Vigil.Errors;
using Vigil.Gateway;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Plugins;
using Vigil.Scheduling;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Storage.Engine.Postgres;
using Vigil.Storage.Home;
using Vigil.Time;

namespace Vigil.Cli;

/// <summary>The one place that knows every project: what a gateway is made of.</summary>
internal static class Composition
{
    /// <exception cref="FaultException">Settings are broken, a secret that the store needs is missing, or a plug-in is.</exception>
    public static WebApplication Build(SettingsInputs inputs, TimeProvider time, Redaction redaction, Action<WebApplicationBuilder> logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = inputs.Home.Root, ApplicationName = "vigil" });
        logging(builder);
        var services = builder.Services;
        var settings = services.AddVigilSettings(inputs, time, redaction);
        var storage = StorageOf(settings.Current, inputs, redaction);
        services.AddVigilStorage(storage);
        if (storage.Kind == StorageKind.Postgres)
            services.AddVigilScheduling(time, NpgsqlFactory.Instance, PostgresPatience.Of(storage.Connection!), storage.Schema);
        else
            services.AddVigilScheduling(time).AddSingleton(_ => HomeLock.Take(inputs.Home));
        services.AddVigilModels();
        services.AddVigilChannels();
        services.AddVigil();
        services.AddVigilDoctor(DoctorProbesOf.Gateway);
        services.AddSingleton<ReloadEvents>().AddHostedService(provider => provider.GetRequiredService<ReloadEvents>());
        services.AddVigilHeartbeat();
        services.AddVigilBudgets();
        services.AddSingleton<IHostLifetime, Signals.NoneOfTheHosts>();
        builder.AddVigilGateway();
        services.AddVigilPlugins(inputs.Home, settings.Current, new Secrets(inputs, redaction));
        return builder.Build().MapVigil();
    }

    /// <summary>The settings for a command that does without a gateway.</summary>
    /// <exception cref="FaultException">They are broken.</exception>
    public static VigilSettings SettingsOf(SettingsInputs inputs, TimeProvider time, Redaction redaction)
    {
        var services = new ServiceCollection();
        var settings = services.AddVigilSettings(inputs, time, redaction);
        // The container owns the watch on the files; nothing is followed here.
        using var owner = services.BuildServiceProvider();
        _ = owner.GetRequiredService<ISettings>();
        return settings.Current;
    }

    /// <exception cref="FaultException">A secret that the store needs is missing.</exception>
    public static StorageOptions StorageOf(VigilSettings settings, SettingsInputs inputs, Redaction redaction)
    {
        var storage = settings.Gateway.Storage;
        if (storage.Kind == StorageKind.Sqlite)
            return new StorageOptions { File = inputs.Home.Database, Synchronous = storage.Synchronous };
        using var readers = new ServiceCollection().AddSettingsReaders(inputs, redaction).BuildServiceProvider();
        var connection = readers.GetRequiredService<ISecrets>().Resolve(storage.Connection ?? "", null);
        return connection.Found
            ? new StorageOptions { Kind = StorageKind.Postgres, Connection = connection.Value, Schema = storage.Schema }
            : throw new FaultException(new Fault("storage_connection", $"gateway.storage.connection: {connection.Problem}",
                "Set it to env:NAME or file:NAME with a PostgreSQL connection string.", "gateway.storage.connection") { Kind = FaultKind.Unavailable });
    }
}
