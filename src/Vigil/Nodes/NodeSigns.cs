using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Settings;

namespace Vigil.Nodes;

/// <summary>
/// Gives this node's signs of life on a shared store and reads those of the others. A process that has its store to itself writes none: nobody would read them,
/// and an idle gateway should leave the disk alone.
/// </summary>
public sealed class NodeSigns : BackgroundService
{
    /// <summary>Five signs that did not come.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(10);

    /// <summary>A dead node stays in the list for as long as somebody may want to know that there was one.</summary>
    private static readonly TimeSpan s_forgetAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(2);

    private static readonly string s_version = typeof(NodeSigns).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private readonly INodeBook _book;
    private readonly ISettings _settings;
    private readonly NodeName _name;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeSigns> _log;
    private readonly DateTimeOffset _startedAt;

    internal NodeSigns(INodeBook book, ISettings settings, NodeName name, TimeProvider time, ILogger<NodeSigns> log)
    {
        _book = book;
        _settings = settings;
        _name = name;
        _time = time;
        _log = log;
        _startedAt = time.GetUtcNow();
    }

    private bool Shared => _settings.Current.Gateway.Storage.Kind == StorageKind.Postgres;

    private NodeSign Mine => new(_name.Value, Environment.MachineName, s_version, _startedAt, _settings.Current.Gateway.Work.Slots);

    /// <summary>Every node, this one first, then by age; those that died within the last hour included.</summary>
    public async Task<IReadOnlyList<NodeState>> ListAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var running = await _book.RunningAsync(cancellationToken);
        var others = Shared ? await _book.ListAsync(now, cancellationToken) : [];
        // What is asked lives, whatever the store last heard of it.
        return [.. others.Where(entry => entry.Sign.Id != _name.Value).Prepend(new NodeEntry(Mine, now, TimeSpan.Zero)).Select(entry => new NodeState
        {
            Id = entry.Sign.Id,
            Host = entry.Sign.Host,
            Version = entry.Sign.Version,
            StartedAt = entry.Sign.StartedAt,
            LastSeen = entry.LastSeen,
            SilentSeconds = (int)entry.Silent.TotalSeconds,
            Dead = entry.Silent > DeadAfter,
            Running = running.GetValueOrDefault(entry.Sign.Id),
            Slots = entry.Sign.Slots,
            Self = entry.Sign.Id == _name.Value,
        })];
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!Shared)
            return;
        try
        {
            await _book.LeaveAsync(_name.Value, cancellationToken);
        }
        catch (Exception failed)
        {
            _log.LogWarning(failed, "The list of nodes could not be told that this one stops; it will be shown as dead.");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Shared)
            return;
        using var timer = new PeriodicTimer(s_every, _time);
        try
        {
            do
            {
                try
                {
                    await _book.SignAsync(Mine, _time.GetUtcNow(), s_forgetAfter, stoppingToken);
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    _log.LogError(failed, "This node could not give its sign of life; trying again in {Seconds} s.", s_every.TotalSeconds);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }
}
