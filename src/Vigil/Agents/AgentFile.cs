using System.ComponentModel;
using System.Text.Json.Nodes;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>What agent.json may hold. A key that is absent is inherited from vigil.json, where there is one of the same meaning.</summary>
public sealed record AgentFile
{
    [Description("How the agent is called; without it its id.")]
    public string? Name { get; init; }

    [Description("provider/model of this agent; inherits models.default.")]
    [Text(TextFormat.Model)]
    public string? Model { get; init; }

    [Description("Tried in order when the agent's own model fails; inherits models.fallbacks.")]
    [Text(TextFormat.Model)]
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    [Description("Providers with this agent's own credentials; single keys are merged over models.providers.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, ProviderSettings> Providers { get; init; } = new Dictionary<string, ProviderSettings>();

    [Description("Tools of this agent; single keys are merged over tools of vigil.json.")]
    public ToolsSettings Tools { get; init; } = new();

    [Description("MCP servers of this agent, merged over mcp of vigil.json; null takes an inherited one away.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, McpServerSettings> Mcp { get; init; } = new Dictionary<string, McpServerSettings>();

    [Description("Skills by name or glob; absent means all in workspace/skills, an empty list means none.")]
    public IReadOnlyList<string>? Skills { get; init; }

    [Description("Single keys are merged over gateway.heartbeat.")]
    public HeartbeatSettings Heartbeat { get; init; } = new();

    [Description("The agent's own budget; the one of vigil.json holds beside it. Only onExceeded is inherited.")]
    public BudgetSettings Budget { get; init; } = new();

    [Description("Limits of one turn; single keys are merged over turns of vigil.json.")]
    public TurnSettings Turns { get; init; } = new();

    [Description("When conversations of people with this agent begin anew; single keys are merged over sessions of vigil.json, null takes an inherited one away.")]
    public SessionSettings Sessions { get; init; } = new();

    [Description("Where this agent's words may go.")]
    public PrivacySettings Privacy { get; init; } = new();

    [Description("IANA zone of this agent; inherits timezone.")]
    [Text(TextFormat.Zone)]
    public string? Timezone { get; init; }

    [Description("Probes by name; each object's \"kind\" says which probe reads it.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, JsonObject> Probes { get; init; } = new Dictionary<string, JsonObject>();

    [Description("Agents that this one may ask or start sub-agents on.")]
    [Text(TextFormat.Agent)]
    public IReadOnlyList<string> MayAsk { get; init; } = [];
}

/// <summary><c>privacy</c> of an agent.</summary>
public sealed record PrivacySettings
{
    [Description("Providers that this agent's words may go to; absent means any.")]
    [Text(TextFormat.Name, Example = "ollama")]
    public IReadOnlyList<string>? Providers { get; init; }
}
