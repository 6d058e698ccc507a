using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Cli.Client;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Logs;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Storage.Home;
using Vigil.Store;

namespace Vigil.Cli.Up;

/// <summary>One life of a gateway: home, lock, store, key, host, and an orderly end.</summary>
internal sealed class GatewayRun(SettingsInputs inputs, TimeProvider time, bool jsonLog, bool quiet)
{
    private readonly Redaction _redaction = new();

    /// <summary>Services beside those of every gateway.</summary>
    public Action<IServiceCollection>? Extra { get; init; }

    /// <summary>Says something else than the greeting, also when quiet: services, address, first key.</summary>
    public Func<IServiceProvider, string, ApiKey, CancellationToken, Task>? Greet { get; init; }

    /// <exception cref="FaultException">The gateway cannot start; the fault says what to do.</exception>
    public async Task<int> RunAsync(bool untilInputEnds, CancellationToken cancellationToken)
    {
        var fresh = HomeStarter.Ensure(inputs.Home);
        await using var app = Composition.Build(inputs, time, _redaction, Logging);
        var services = app.Services;
        // One process owns the SQLite file; on PostgreSQL nodes may even share the home. Taken before the store is made, the lock outlives it.
        if (services.GetService<HomeLock>() is not null)
            DeleteHalfCopies();
        var settings = services.GetRequiredService<SettingsMonitor>();
        ThrowIfTaken(settings.Current.Gateway);
        await services.GetRequiredService<IStore>().OpenAsync(cancellationToken);
        var first = ActivatorUtilities.CreateInstance<FirstKey>(services);
        var key = await first.EnsureAsync(cancellationToken);
        await first.CheckBindAsync(settings.Current.Gateway, key, cancellationToken);

        using var signals = new Signals(app.Lifetime, ofAChat: untilInputEnds);
        // Looking for a model may wait for a port that nobody answers; the gateway listens meanwhile.
        var detection = services.GetRequiredService<ModelDetection>().DetectAsync(settings.Current, cancellationToken);
        await app.StartAsync(cancellationToken);
        var runtime = new RuntimeFile(Environment.ProcessId, Address(app), time.GetUtcNow(), GatewayVersion.Text);
        runtime.Write(inputs.Home);
        try
        {
            await NoteAsync(services, EventTypes.GatewayStarted, cancellationToken);
            var model = await detection;
            services.GetRequiredService<GatewayLife>().Model = model.Model;
            if (settings.Current.Models.Default is null)
                settings.UseDetectedModel(model.Model);
            services.GetRequiredService<ReloadEvents>().Follow();
            if (Greet is { } greet)
                await greet(services, runtime.Address, key, cancellationToken);
            else if (!quiet)
                await Greeting.PrintAsync(services, inputs.Home, runtime.Address, key, model, fresh, time, cancellationToken);
            if (untilInputEnds)
                _ = StopWhenInputEndsAsync(app.Lifetime);
            if (!quiet && !jsonLog)
                _ = ActivatorUtilities.CreateInstance<LiveInbox>(services).ShowAsync(app.Lifetime.ApplicationStopping);
            _ = SpareMemory.KeepAsync(app.Lifetime.ApplicationStopping);
            await app.WaitForShutdownAsync(CancellationToken.None);
            await NoteAsync(services, EventTypes.GatewayStopped, CancellationToken.None);
            return CommandLine.Done;
        }
        finally
        {
            runtime.Delete(inputs.Home);
        }
    }

    // A process that was killed while it copied its database leaves the copy behind.
    private void DeleteHalfCopies()
    {
        foreach (var left in Directory.EnumerateFiles(inputs.Home.Root, VigilHome.CopyPrefix + "*"))
            File.Delete(left);
    }

    private void Logging(WebApplicationBuilder builder)
    {
        builder.Logging.AddVigilLogs(new LogOptions(jsonLog, _redaction.Scrub), quiet ? LogLevel.Warning : LogLevel.Information);
        Extra?.Invoke(builder.Services);
    }

    // Asked before anything is opened, so that the answer is one sentence and nothing has to be undone.
    private static void ThrowIfTaken(GatewaySettings gateway)
    {
        if (gateway.Port == 0 || !IPAddress.TryParse(gateway.Bind is "localhost" ? "127.0.0.1" : gateway.Bind is "*" ? "0.0.0.0" : gateway.Bind, out var address))
            return;
        try
        {
            using var trial = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            trial.Bind(new IPEndPoint(address, gateway.Port));
            trial.Listen();
        }
        catch (SocketException problem)
        {
            throw new FaultException(problem.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => new Fault(
                    "port_in_use", $"Port {gateway.Port} on {gateway.Bind} is in use.", "Stop what has it, or choose another: gateway.port in vigil.json, or --port (0 takes any free one).", "gateway.port"),
                SocketError.AccessDenied => new Fault(
                    "port_denied", $"This user may not listen on port {gateway.Port}.", "Choose one above 1023: gateway.port in vigil.json, or --port.", "gateway.port"),
                _ => new Fault(
                    "bad_bind", $"{gateway.Bind}:{gateway.Port} cannot be listened on: {problem.Message}.", "Set gateway.bind to an address of this machine.", "gateway.bind"),
            } with { Kind = FaultKind.Unavailable }, problem);
        }
    }

    /// <summary>Where commands on this machine reach the gateway, also when it listens on every address.</summary>
    private static string Address(WebApplication app)
    {
        var listening = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var address = new UriBuilder(listening);
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var host) && (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any)))
            address.Host = "127.0.0.1";
        return address.Uri.ToString().TrimEnd('/');
    }

    private async Task NoteAsync(IServiceProvider services, string type, CancellationToken cancellationToken)
    {
        var payload = NewEvent.Json(new { version = GatewayVersion.Text, node = services.GetRequiredService<NodeName>().Value });
        await services.GetRequiredService<IEventLog>().AppendAsync([new NewEvent(time.GetUtcNow(), type, "gateway", Payload: payload)], cancellationToken);
    }

    private static async Task StopWhenInputEndsAsync(IHostApplicationLifetime lifetime)
    {
        var buffer = new byte[256];
        await using var input = Console.OpenStandardInput();
        while (await input.ReadAsync(buffer) > 0)
        {
            // Only its end matters.
        }
        lifetime.StopApplication();
    }
}
