using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Channels;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Scheduling;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Storage.Home;

namespace Vigil.Embedding;

/// <summary>Vigil as a part of another app.</summary>
public static class EmbeddedVigil
{
    /// <summary>
    /// Agents, heartbeats, schedules and notifications inside this app, without the gateway: the home is made when it is not there, the database is SQLite in it, and all
    /// runs while the host does. The model is the <see cref="IChatClient"/> that the app has registered. Chat goes through <see cref="Turns.ChatTurns"/>, work through
    /// <see cref="Work.WorkRequests"/> and <see cref="Work.WorkIntake"/>, beats through <see cref="Heartbeats"/>; an <see cref="Notify.IChannel"/> of the app's own is
    /// registered like any service.
    /// </summary>
    /// <exception cref="Errors.FaultException">The home cannot be written, or its settings are broken.</exception>
    public static IServiceCollection AddVigil(this IServiceCollection services, Action<EmbeddedOptions> configure)
    {
        var options = new EmbeddedOptions();
        configure(options);
        var home = new VigilHome(Path.GetFullPath(options.Home));
        HomeStarter.Ensure(home);
        var time = options.Time;
        string[] models = options.Model is null ? [$"models.providers.{AppClientKind.Name}.kind={AppClientKind.Name}", $"models.default={AppClientKind.Model}"] : [$"models.default={options.Model}"];
        var settings = services.AddVigilSettings(SettingsInputs.OfProcess(home, [.. models, .. options.Set]), time, new Redaction());
        services.AddSingleton(_ => HomeLock.Take(home));
        services.AddVigilStorage(new StorageOptions { File = home.Database, Synchronous = settings.Current.Gateway.Storage.Synchronous });
        // First of all that is hosted: what follows finds an open store.
        services.AddHostedService<StoreOpening>();
        services.AddVigilScheduling(time);
        services.AddSingleton<IProviderKind, AppClientKind>();
        return services.AddVigilModels().AddVigilChannels().AddVigil().AddVigilHeartbeat().AddVigilBudgets();
    }
}

/// <summary>How Vigil is set up inside an app. Everything else stands in the home's <c>vigil.json</c>, as for a gateway.</summary>
public sealed class EmbeddedOptions
{
    /// <summary>Where agents, settings and the database lie; made when it is not there. Default: <c>vigil</c> in the working directory.</summary>
    public string Home { get; set; } = "vigil";

    /// <summary>Settings in the form <c>key=value</c>, the key dotted; they win over the files: <c>gateway.heartbeat.every=10m</c>.</summary>
    public IList<string> Set { get; } = [];

    /// <summary>Null, the default: the app's own <see cref="IChatClient"/>. Else <c>provider/model</c> of a provider in the settings.</summary>
    public string? Model { get; set; }

    /// <summary>Default: the system's clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;
}
