using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Listening;
using Vigil.Gateway.Logs;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Storage.Home;
using Vigil.Store;
using Vigil.Time;

namespace Vigil.Cli.Up;

/// <summary>One life of a gateway: home, lock, store, key, host, and an orderly end.</summary>
internal sealed class GatewayRun(SettingsInputs inputs, TimeProvider time, bool jsonLog, bool quiet)
{
    private Redaction? _redaction;

    /// <exception cref="FaultException">The gateway cannot start; the fault says what to do.</exception>
    public async Task<int> RunAsync(bool untilInputEnds, CancellationToken cancellationToken)
    {
        var fresh = HomeStarter.Ensure(inputs.Home);
        await using var app = Composition.Build(inputs, time, Logging);
        _redaction = app.Services.GetRequiredService<Redaction>();
        var settings = app.Services.GetRequiredService<SettingsMonitor>();
        // One process owns the SQLite file; on PostgreSQL nodes may even share the home.
        using var home = settings.Current.Gateway.Storage.Kind == StorageKind.Sqlite ? HomeLock.Take(inputs.Home) : null;
        await app.Services.GetRequiredService<IStore>().OpenAsync(cancellationToken);
        var key = await KeyAsync(app.Services, settings, cancellationToken);
        var model = await app.Services.GetRequiredService<ModelDetection>().DetectAsync(settings.Current, cancellationToken);
        if (settings.Current.Models.Default is null)
            settings.UseDetectedModel(model.Model);
        settings.Reloaded += reload => Note(app.Services, reload);

        using var second = StopAtOnceOnSecondSignal(app);
        await StartAsync(app, settings, cancellationToken);
        try
        {
            var address = Address(app);
            new RuntimeFile(Environment.ProcessId, address, time.GetUtcNow(), GatewayVersion.Text).Write(inputs.Home);
            await app.Services.GetRequiredService<IEventLog>().AppendAsync([new NewEvent(time.GetUtcNow(), EventTypes.GatewayStarted, "gateway", null, null,
                NewEvent.Json(new { version = GatewayVersion.Text, node = app.Services.GetRequiredService<NodeName>().Value }))], cancellationToken);
            if (!quiet)
                await Greeting.PrintAsync(app.Services, inputs.Home, address, key, model, fresh, time, cancellationToken);
            if (untilInputEnds)
                _ = StopWhenInputEndsAsync(app);
            await app.WaitForShutdownAsync(cancellationToken);
            return CommandLine.Done;
        }
        finally
        {
            RuntimeFile.Delete(inputs.Home);
        }
    }

    private void Logging(WebApplicationBuilder builder)
        => builder.Logging.AddVigilLogs(new LogOptions(jsonLog, text => _redaction?.Scrub(text) ?? text), quiet ? LogLevel.Warning : LogLevel.Information);

    // The first key opens everything and lies where only the owner can read it; the command line on this machine finds it there.
    private async Task<ApiKey> KeyAsync(IServiceProvider services, ISettings settings, CancellationToken cancellationToken)
    {
        var file = inputs.Home.GatewayKeyFile;
        var text = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim() : null;
        if (text is null || !KeyText.IsKey(text))
        {
            text = KeyText.NewKey();
            PrivateFile.Write(file, text);
        }
        _redaction!.Add(text);
        var keys = services.GetRequiredService<IKeyStore>();
        var first = await keys.EnsureAsync(text, new NewApiKey("gateway", KeyScopes.All), cancellationToken);
        var others = (await keys.ListAsync(cancellationToken)).Any(key => key.Id != first.Id && key.IsLive(time.GetUtcNow()));
        if (BindRule.Check(settings.Current.Gateway, others) is { } refused)
            throw new FaultException(refused);
        return first;
    }

    private static async Task StartAsync(WebApplication app, ISettings settings, CancellationToken cancellationToken)
    {
        app.MapGateway();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException taken)
        {
            var gateway = settings.Current.Gateway;
            throw new FaultException(new Fault("port_in_use", $"{gateway.Bind}:{gateway.Port} cannot be listened on: {taken.Message}",
                "Choose another with gateway.port in vigil.json or --port; 0 takes a free one.", "gateway.port") { Kind = FaultKind.Unavailable }, taken);
        }
    }

    private static string Address(WebApplication app)
        => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().TrimEnd('/');

    private static PosixSignalRegistration StopAtOnceOnSecondSignal(WebApplication app)
    {
        var signals = 0;
        return PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            if (Interlocked.Increment(ref signals) > 1)
                Environment.Exit(130);
            app.Lifetime.StopApplication();
        });
    }

    private static async Task StopWhenInputEndsAsync(WebApplication app)
    {
        var buffer = new byte[256];
        await using var input = Console.OpenStandardInput();
        while (await input.ReadAsync(buffer) > 0)
        {
            // Only its end matters.
        }
        app.Lifetime.StopApplication();
    }

    private void Note(IServiceProvider services, SettingsReload reload)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Vigil.Settings");
        var file = Path.GetRelativePath(inputs.Home.Root, reload.File);
        foreach (var error in reload.Errors)
            log.LogWarning("Refused, the last good settings stay: {Error}", error.ToString());
        var noted = new NewEvent(time.GetUtcNow(), reload.Accepted ? EventTypes.ConfigReloaded : EventTypes.ConfigRejected, "gateway", reload.Agent?.Value, null,
            NewEvent.Json(new { file, errors = reload.Errors.Select(error => error.ToString()).ToArray() }));
        _ = services.GetRequiredService<IEventLog>().AppendAsync([noted], CancellationToken.None)
            .ContinueWith(failed => log.LogError(failed.Exception, "A reload could not be noted."), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }
}
