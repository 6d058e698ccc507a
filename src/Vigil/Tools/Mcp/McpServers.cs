using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Tools.Mcp;

/// <summary>Which server, for whom, by which settings. No two agents share one, and changed settings make another.</summary>
internal readonly record struct McpKey(AgentId Agent, string Server, string Fingerprint);

/// <summary>The MCP servers of all agents. A server that is slow or dead costs its own tools and nothing else.</summary>
internal sealed class McpServers : IToolProvider, IMcpStatus, IAsyncDisposable
{
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan IdleAfter = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromHours(6);

    private static readonly ConditionalWeakTable<McpServerSettings, string> Fingerprints = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<McpKey, McpConnection> _connections = [];
    private readonly McpLaunch _launch;
    private readonly ISettings _settings;
    private readonly IAgentRegistry _agents;
    private readonly TimeProvider _time;
    private readonly ILogger<McpServers> _logger;
    private readonly ITimer _sweeper;
    private Task _sweep = Task.CompletedTask;
    private bool _disposed;

    public McpServers(VigilHome home, ISecrets secrets, ISettings settings, IAgentRegistry agents, TimeProvider time, ILogger<McpServers> logger)
    {
        _launch = new McpLaunch(home, secrets);
        _settings = settings;
        _agents = agents;
        _time = time;
        _logger = logger;
        _sweeper = time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
        settings.Changed += SweepSoon;
    }

    public async ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken)
    {
        var servers = run.Profile.Mcp;
        if (servers.Count == 0)
            return [];
        var families = await Task.WhenAll(servers.Select(pair => FamilyAsync(run.Agent, pair.Key, pair.Value, cancellationToken)));
        return [.. families.SelectMany(family => family)];
    }

    public IReadOnlyList<McpServerStatus> Status()
        => [.. All().Select(connection => connection.Status)
            .OrderBy(status => status.Agent.Value, StringComparer.Ordinal)
            .ThenBy(status => status.Server, StringComparer.Ordinal)];

    /// <summary>The connection of that key. Asked for with each call: a run may outlive the sweeping of its settings.</summary>
    public McpConnection Connection(McpKey key, McpServerSettings settings)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_connections.TryGetValue(key, out var connection))
                _connections[key] = connection = new McpConnection(key, settings, _launch, _time, _logger);
            return connection;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task sweep;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            sweep = _sweep;
        }
        _settings.Changed -= SweepSoon;
        await _sweeper.DisposeAsync();
        await sweep;
        await Task.WhenAll(All().Select(connection => connection.DisposeAsync().AsTask()));
    }

    private async Task<IEnumerable<ITool>> FamilyAsync(AgentId agent, string server, McpServerSettings settings, CancellationToken cancellationToken)
    {
        var key = new McpKey(agent, server, Fingerprint(settings));
        var tools = await Connection(key, settings).ToolsAsync(ListLimit, cancellationToken);
        return tools.Where(tool => Allowed(settings, server, tool.Name)).Select(tool => new McpTool(this, key, settings, tool));
    }

    private static bool Allowed(McpServerSettings settings, string server, string tool)
    {
        var full = McpTool.NameOf(server, tool);
        return (settings.Allow is null || Matches(settings.Allow)) && !Matches(settings.Deny);

        bool Matches(IReadOnlyList<string> patterns) => Glob.MatchesAny(patterns, tool) || Glob.MatchesAny(patterns, full);
    }

    private static string Fingerprint(McpServerSettings settings)
        => Fingerprints.GetValue(settings, static of => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(of))));

    private List<McpConnection> All()
    {
        lock (_lock)
            return [.. _connections.Values];
    }

    private void SweepSoon() => _sweeper.Change(TimeSpan.Zero, SweepEvery);

    private void Sweep()
    {
        lock (_lock)
        {
            if (!_disposed && _sweep.IsCompleted)
                _sweep = SweepAsync();
        }
    }

    /// <summary>Stops what nobody used for a while and what the settings no longer name.</summary>
    internal async Task SweepAsync()
    {
        await Task.Yield();
        List<KeyValuePair<McpKey, McpConnection>> connections;
        lock (_lock)
            connections = [.. _connections];
        var now = _time.GetUtcNow();
        foreach (var (key, connection) in connections)
        {
            try
            {
                var wanted = IsWanted(key);
                var stopped = await connection.StopAsync(wanted ? now - IdleAfter : null);
                if (stopped && (!wanted || connection.IsForgotten(now - ForgottenAfter)))
                {
                    lock (_lock)
                        _connections.Remove(key);
                }
            }
            catch (Exception failure)
            {
                _logger.LogWarning(failure, "MCP server {Server} of agent {Agent} could not be stopped.", key.Server, key.Agent);
            }
        }
    }

    // A broken profile says nothing: its last good settings stay in force.
    private bool IsWanted(McpKey key)
    {
        var found = _agents.Find(key.Agent);
        return found.Profile is { } profile
            ? profile.Mcp.TryGetValue(key.Server, out var settings) && Fingerprint(settings) == key.Fingerprint
            : found.Unknown is null;
    }
}
