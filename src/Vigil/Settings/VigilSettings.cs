using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Vigil.Settings;

/// <summary>All settings of one gateway after merging (see docs/settings.md). An immutable snapshot; a reload makes a new one.</summary>
public sealed record VigilSettings
{
    [Description("Models: which is used, what to fall back to, who provides them, what they cost.")]
    public ModelsSettings Models { get; init; } = new();

    [Description("The gateway process: address, store, heartbeats, work slots, webhooks.")]
    public GatewaySettings Gateway { get; init; } = new();

    [Description("How agents may reach the person.")]
    public NotifySettings Notify { get; init; } = new();

    [Description("What may be spent for all agents together.")]
    public BudgetSettings Budget { get; init; } = new();

    [Description("Tools of all agents; an agent may narrow them in agent.json.")]
    public ToolsSettings Tools { get; init; } = new();

    [Description("MCP servers by name.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, McpServerSettings> Mcp { get; init; } = new Dictionary<string, McpServerSettings>();

    [Description("Limits of one turn.")]
    public TurnSettings Turns { get; init; } = new();

    [Description("When conversations of people begin anew by themselves; an agent changes single keys in agent.json.")]
    public SessionSettings Sessions { get; init; } = new();

    [Description("IANA zone of the person's day: hours, budgets, digests, schedules without a zone. Default: the zone of this machine.")]
    [Text(TextFormat.Zone)]
    public string? Timezone { get; init; }

    [Description("The agent that answers when no route matches.")]
    [Text(TextFormat.Agent)]
    public string DefaultAgent { get; init; } = "main";

    [Description("Extension assemblies in plugins/ to load, by file name.")]
    [Text(TextFormat.FileName, Example = "MyPlugin.dll")]
    public IReadOnlyList<string> Plugins { get; init; } = [];

    [Description("Settings of the plug-ins themselves, by the file name under plugins. Read at start.")]
    [Names(TextFormat.FileName)]
    public IReadOnlyDictionary<string, JsonObject> PluginSettings { get; init; } = new Dictionary<string, JsonObject>();

    [Description("Where traces and metrics go, if anywhere.")]
    public TelemetrySettings Telemetry { get; init; } = new();
}

/// <summary><c>turns</c>: the bounds of a turn.</summary>
public sealed record TurnSettings
{
    [Description("Model replies in one turn.")]
    [Bounds(1, 1000)]
    public int Steps { get; init; } = 25;

    [Description("How long one turn may take.")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Conversation that a turn carries, in tokens; older parts become the running summary.")]
    [Bounds(1000)]
    public int ContextTokens { get; init; } = 24_000;

    [Description("Characters of one tool result that reach the model.")]
    [Bounds(100)]
    public int ToolOutput { get; init; } = 20_000;
}

/// <summary><c>sessions</c>: when a conversation that a person comes back to begins anew. Nothing is ever deleted by it.</summary>
public sealed record SessionSettings
{
    [Description("A person's first message after this time without words of a person begins the conversation anew; messages stay in the store. Without it never.")]
    [AtLeast("1m", Hint = "To never begin anew leave the key out, or write null.")]
    public TimeSpan? ResetAfterIdle { get; init; }

    [Description("A person's first message after this time of day, HH:mm in the agent's zone, begins the conversation anew; messages stay in the store. Without it never.")]
    [Text(TextFormat.TimeOfDay, Example = "04:00")]
    public string? ResetDaily { get; init; }
}

/// <summary><c>telemetry</c></summary>
public sealed record TelemetrySettings
{
    [Description("OTLP endpoint, for example http://127.0.0.1:4317.")]
    [Text(TextFormat.Url, Example = "http://127.0.0.1:4317")]
    public string? Otlp { get; init; }
}
