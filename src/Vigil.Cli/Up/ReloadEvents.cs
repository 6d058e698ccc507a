using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Events;
using Vigil.Settings;

namespace Vigil.Cli.Up;

/// <summary>Tells in log and event log which settings file took effect or was refused.</summary>
internal sealed class ReloadEvents(SettingsMonitor settings, VigilHome home, IEventLog events, TimeProvider time, ILogger<ReloadEvents> logger) : BackgroundService
{
    // Somebody who saves broken files faster than they can be noted loses notes, not settings.
    private readonly Channel<SettingsReload> _reloads = Channel.CreateBounded<SettingsReload>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>From now on; what happens to settings while the gateway starts is no reload.</summary>
    public void Follow() => settings.Reloaded += Enqueue;

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        settings.Reloaded -= Enqueue;
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var reload in _reloads.Reader.ReadAllAsync(stoppingToken))
        {
            var file = Path.GetRelativePath(home.Root, reload.File);
            if (reload.Accepted)
                logger.LogInformation("{File} took effect", file);
            foreach (var error in reload.Errors)
                logger.LogWarning("Refused, the last good settings stay: {Error}", error.ToString());
            var type = reload.Accepted ? EventTypes.ConfigReloaded : reload.Agent is null ? EventTypes.ConfigRejected : EventTypes.AgentBroken;
            var payload = NewEvent.Json(new { file, errors = reload.Errors.Select(error => error.ToString()).ToArray() });
            try
            {
                await events.AppendAsync([new NewEvent(time.GetUtcNow(), type, "gateway", reload.Agent?.Value, null, payload)], stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogError(problem, "A reload of {File} could not be noted", file);
            }
        }
    }

    private void Enqueue(SettingsReload reload) => _reloads.Writer.TryWrite(reload);
}
