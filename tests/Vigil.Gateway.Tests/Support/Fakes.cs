using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.Tests.Support;

internal sealed class FixedSettings : ISettings
{
    public VigilSettings Current { get; set; } = new() { Gateway = new GatewaySettings { Port = 0, Work = new WorkSettings { StopWithin = TimeSpan.FromSeconds(20) } } };

    public GatewaySettings Gateway
    {
        get => Current.Gateway;
        set => Current = Current with { Gateway = value };
    }

    public IReadOnlyList<SettingsError> Errors => [];

    public long Version => 1;

    public event Action? Changed
    {
        add { }
        remove { }
    }
}

/// <summary>Agents that are there by name; their files are nobody's business here.</summary>
internal sealed class NamedAgents(params string[] names) : IAgentRegistry
{
    public IReadOnlyList<SettingsError> Strays => [];

    public AgentLookup Find(AgentId agent) => Exists(agent)
        ? new AgentLookup { Profile = new AgentProfile { Id = agent, Timezone = "UTC" } }
        : new AgentLookup { Unknown = new Fault("agent_not_found", $"There is no agent '{agent}'.") { Kind = FaultKind.NotFound } };

    public bool Exists(AgentId agent) => names.Contains(agent.Value);

    public IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue) => [.. names.Select(name => AgentId.Parse(name))];

    public IReadOnlyDictionary<string, string> Origins(AgentId agent) => new Dictionary<string, string>();

    public Fault? Add(AgentId agent, string? soul = null) => throw new NotSupportedException();

    public string Remove(AgentId agent) => throw new NotSupportedException();
}

internal sealed class FakePulse : INodes, IPulse
{
    public string? Problem { get; set; }

    public string Self => "test-node";

    public DateTimeOffset? Last => null;

    public Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Node>>([]);

    public Task<string?> ProblemAsync(CancellationToken cancellationToken) => Task.FromResult(Problem);
}

/// <summary>Keeps what was logged, as text.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Recorder(Lines);

    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
    }
}
