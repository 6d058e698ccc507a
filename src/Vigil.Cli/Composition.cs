using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
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
using Vigil.Scheduling;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Time;

namespace Vigil.Cli;

/// <summary>The one place that knows every project: what a gateway is made of.</summary>
internal static class Composition
{
    public static WebApplication Build(SettingsInputs inputs, StorageOptions storage, TimeProvider time, Action<WebApplicationBuilder> logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = inputs.Home.Root, ApplicationName = "vigil" });
        logging(builder);
        builder.Services.AddVigilSettings(inputs, time, new Redaction());
        builder.Services.AddVigilStorage(storage);
        if (storage.Kind == StorageKind.Postgres)
            builder.Services.AddVigilScheduling(time, NpgsqlFactory.Instance, storage.Connection!, storage.Schema);
        else
            builder.Services.AddVigilScheduling(time);
        builder.Services.AddSingleton(provider => new NodeName(provider.GetRequiredService<INodes>().Self));
        builder.Services.AddVigilModels();
        builder.Services.AddVigilChannels();
        builder.Services.AddVigil();
        builder.Services.AddVigilDoctor(DoctorProbesOf.Gateway);
        builder.Services.AddSingleton<ReloadEvents>().AddHostedService(provider => provider.GetRequiredService<ReloadEvents>());
        builder.Services.AddVigilHeartbeat();
        builder.Services.AddVigilBudgets();
        builder.AddVigilGateway();
        return builder.Build().MapVigil();
    }

    /// <summary>The kind of store decides what is registered, so it is read before anything is.</summary>
    /// <exception cref="FaultException">Settings are broken, or a secret that the store needs is missing.</exception>
    public static StorageOptions ReadStorage(SettingsInputs inputs, TimeProvider time)
    {
        var services = new ServiceCollection();
        var settings = services.AddVigilSettings(inputs, time, new Redaction()).Current.Gateway.Storage;
        using var provider = services.BuildServiceProvider();
        if (settings.Kind == StorageKind.Sqlite)
            return new StorageOptions { File = inputs.Home.Database, Synchronous = settings.Synchronous };
        var connection = provider.GetRequiredService<ISecrets>().Resolve(settings.Connection ?? "", null);
        return connection.Found
            ? new StorageOptions { Kind = StorageKind.Postgres, Connection = connection.Value, Schema = settings.Schema }
            : throw new FaultException(new Fault("storage_connection", $"gateway.storage.connection: {connection.Problem}",
                "Set it to env:NAME or file:NAME with a PostgreSQL connection string.", "gateway.storage.connection") { Kind = FaultKind.Unavailable });
    }
}
