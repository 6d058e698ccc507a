using System.Text.Json.Nodes;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>An agent's settings after merging agent.json over vigil.json over the defaults. Immutable; a run keeps the one that it began with.</summary>
public sealed record AgentProfile
{
    public required AgentId Id { get; init; }

    /// <summary>Short hash over the effective settings; a run records it and the store keeps the profile under it.</summary>
    public string Hash { get; init; } = "";

    public string? Name { get; init; }

    public string? Model { get; init; }

    /// <summary><c>agent</c> when agent.json names the model, else <c>default</c>.</summary>
    public string ModelDecidedBy { get; init; } = "default";

    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    public IReadOnlyDictionary<string, ProviderSettings> Providers { get; init; } = new Dictionary<string, ProviderSettings>();

    /// <summary>Providers whose entry stands in agent.json; their secrets are this agent's own and nothing else is tried when one is missing.</summary>
    public IReadOnlyList<string> OwnProviders { get; init; } = [];

    public ToolsSettings Tools { get; init; } = new();

    public IReadOnlyDictionary<string, McpServerSettings> Mcp { get; init; } = new Dictionary<string, McpServerSettings>();

    /// <summary>Skills by name or glob; null means all that are there.</summary>
    public IReadOnlyList<string>? Skills { get; init; }

    public HeartbeatSettings Heartbeat { get; init; } = new();

    /// <summary>The agent's own budget; the gateway's holds beside it.</summary>
    public BudgetSettings Budget { get; init; } = new();

    public TurnSettings Turns { get; init; } = new();

    /// <summary>When a conversation that a person comes back to begins anew.</summary>
    public SessionSettings Sessions { get; init; } = new();

    public PrivacySettings Privacy { get; init; } = new();

    /// <summary>IANA zone in use: agent.json, else vigil.json, else this machine's.</summary>
    public required string Timezone { get; init; }

    /// <summary>Probes by name; each object's "kind" says which probe reads it.</summary>
    public IReadOnlyDictionary<string, JsonObject> Probes { get; init; } = new Dictionary<string, JsonObject>();

    /// <summary>Agents that this one may ask or start sub-agents on.</summary>
    public IReadOnlyList<string> MayAsk { get; init; } = [];
}
