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
    public IReadOnlyDictionary<string, McpServerSettings> Mcp { get; init; } = new Dictionary<string, McpServerSettings>();

    [Description("Limits of one turn.")]
    public TurnSettings Turns { get; init; } = new();

    [Description("IANA zone of the person's day: hours, budgets, digests, schedules without a zone. Default: the zone of this machine.")]
    public string? Timezone { get; init; }

    [Description("The agent that answers when no route matches.")]
    public string DefaultAgent { get; init; } = "main";

    [Description("Extension assemblies in plugins/ to load, by file name.")]
    public IReadOnlyList<string> Plugins { get; init; } = [];

    [Description("Where traces and metrics go, if anywhere.")]
    public TelemetrySettings Telemetry { get; init; } = new();
}

public sealed record ModelsSettings
{
    [Description("provider/model of agents that name none.")]
    public string? Default { get; init; }

    [Description("Tried in order when the agent's own model fails; never for a model that was named explicitly.")]
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    [Description("Providers by name. openai, anthropic, openrouter and ollama need no entry.")]
    public IReadOnlyDictionary<string, ProviderSettings> Providers { get; init; } = new Dictionary<string, ProviderSettings>();

    [Description("US dollars per million tokens, by provider/model; wins over the built-in table.")]
    public IReadOnlyDictionary<string, PriceSettings> Prices { get; init; } = new Dictionary<string, PriceSettings>();
}

public sealed record ProviderSettings
{
    [Description("openai (any compatible server), anthropic, or scripted.")]
    public string? Kind { get; init; }

    public string? BaseUrl { get; init; }

    [Description("A secret: env:NAME or file:NAME.")]
    public string? ApiKey { get; init; }

    [Description("Extra headers; a value may be env:NAME or file:NAME.")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Description("The replies of a scripted model: a file in the home.")]
    public string? Script { get; init; }

    [Description("How long the first byte of an answer may take.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);
}

public sealed record PriceSettings
{
    public decimal Input { get; init; }

    public decimal? CachedInput { get; init; }

    public decimal Output { get; init; }
}

public sealed record GatewaySettings
{
    public string Bind { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 7070;

    [Description("Say true when a proxy in front terminates TLS; needed for a bind other than loopback without TLS.")]
    public bool BehindProxy { get; init; }

    public TlsSettings? Tls { get; init; }

    [Description("Origins of web pages that may read answers.")]
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    public StorageSettings Storage { get; init; } = new();

    public HeartbeatSettings Heartbeat { get; init; } = new();

    public WorkSettings Work { get; init; } = new();

    public EventSettings Events { get; init; } = new();

    [Description("Webhooks by name: POST /hooks/{name}.")]
    public IReadOnlyDictionary<string, HookSettings> Hooks { get; init; } = new Dictionary<string, HookSettings>();
}

public sealed record TlsSettings
{
    [Description("PEM file with the certificate chain.")]
    public string? Certificate { get; init; }

    [Description("PEM file with the private key.")]
    public string? Key { get; init; }
}

public sealed record StorageSettings
{
    [Description("sqlite or postgres.")]
    public StorageKind Kind { get; init; } = StorageKind.Sqlite;

    [Description("PostgreSQL connection: env:NAME or file:NAME.")]
    public string? Connection { get; init; }

    [Description("PostgreSQL schema.")]
    public string Schema { get; init; } = "vigil";

    [Description("SQLite: full survives a power cut, normal is faster and survives a crash of the process.")]
    public SqliteSync Synchronous { get; init; } = SqliteSync.Full;
}

public enum StorageKind
{
    Sqlite,
    Postgres,
}

public enum SqliteSync
{
    Full,
    Normal,
}

public sealed record HeartbeatSettings
{
    public bool Enabled { get; init; } = true;

    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(30);

    [Description("provider/model of beats; without it the agent's own.")]
    public string? Model { get; init; }

    [Description("provider/model that a beat may hand over to.")]
    public string? Escalate { get; init; }

    public int EscalatePerDay { get; init; } = 6;

    public ActiveHoursSettings? ActiveHours { get; init; }

    public ContextMode Context { get; init; } = ContextMode.Light;

    [Description("No beat while the person wrote within this time.")]
    public TimeSpan QuietAfterMessage { get; init; } = TimeSpan.FromMinutes(5);

    [Description("Where what a beat says goes: inbox, owner, or a channel target.")]
    public string Deliver { get; init; } = "owner";

    [Description("Wakes within this time are looked at by one beat.")]
    public TimeSpan CoalesceWakes { get; init; } = TimeSpan.FromSeconds(2);

    [Description("Wakes of one agent in an hour; more are put off.")]
    public int WakesPerHour { get; init; } = 30;
}

/// <summary>What a beat or work knows of the conversation.</summary>
public enum ContextMode
{
    Light,
    Main,
    Isolated,
}

public sealed record ActiveHoursSettings
{
    public string? Start { get; init; }

    public string? End { get; init; }

    public string? Timezone { get; init; }

    [Description("Windows by weekday, for example { \"mon-fri\": { \"start\": \"08:00\", \"end\": \"18:00\" } }; a day without one has none.")]
    public IReadOnlyDictionary<string, HoursSettings>? Days { get; init; }
}

public sealed record HoursSettings
{
    public string? Start { get; init; }

    public string? End { get; init; }
}

public sealed record WorkSettings
{
    [Description("Works that run at once on this node.")]
    public int Slots { get; init; } = 32;

    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Attempts that may be lost to crashes before a work ends failed.")]
    public int Attempts { get; init; } = 5;

    [Description("How long a stop waits for running works before it hands them back.")]
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(20);

    [Description("A node that gave no sign of life for this time loses its works to the others.")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    [Description("How long finished works are kept.")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(90);
}

public sealed record EventSettings
{
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(30);

    public long KeepAtMost { get; init; } = 2_000_000;
}

public sealed record HookSettings
{
    public string Agent { get; init; } = "main";

    [Description("Template over the JSON body: {{a.b}} is filled from it.")]
    public string? Prompt { get; init; }

    public string? Session { get; init; }

    public string? Model { get; init; }

    [Description("A secret: env:NAME or file:NAME.")]
    public string? Secret { get; init; }

    [Description("How posts are signed: vigil, github or stripe.")]
    public string? Signature { get; init; }

    public NotifyPolicy Notify { get; init; } = NotifyPolicy.Gated;

    public string? Deliver { get; init; }

    [Description("Where the sender's own delivery id stands: a template, or header:NAME.")]
    public string? DeliveryId { get; init; }

    [Description("Notify at once without asking a model.")]
    public bool DeliverOnly { get; init; }

    public int PerMinute { get; init; } = 30;
}

/// <summary>Who decides whether a work's words reach the person.</summary>
public enum NotifyPolicy
{
    /// <summary><c>notify_user</c> alone.</summary>
    Gated,

    /// <summary>The final reply is the message, unless <c>notify_user</c> was called.</summary>
    Always,

    /// <summary>Nothing is said; the reply stays with the work.</summary>
    Silent,
}

public sealed record NotifySettings
{
    [Description("Targets that \"owner\" stands for, for example [\"webhook:phone\"]; the inbox always has everything.")]
    public IReadOnlyList<string> Owner { get; init; } = [];

    [Description("Channels: kind, then name, then the channel's own settings.")]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonObject>> Channels { get; init; }
        = new Dictionary<string, IReadOnlyDictionary<string, JsonObject>>();

    public TimeSpan DedupWindow { get; init; } = TimeSpan.FromHours(24);

    public int PerDay { get; init; } = 12;

    public int UrgentPerDay { get; init; } = 6;

    public HoursSettings? QuietHours { get; init; }

    [Description("When what the nag limit held back is sent as one digest, in the person's zone.")]
    public string Digest { get; init; } = "18:00";
}

public sealed record BudgetSettings
{
    public BudgetLimit? Daily { get; init; }

    public BudgetLimit? Monthly { get; init; }

    [Description("Never exceeded, whatever onExceeded says.")]
    public BudgetLimit? HardDaily { get; init; }

    public BudgetAction OnExceeded { get; init; } = BudgetAction.Stop;
}

public sealed record BudgetLimit
{
    public decimal? Usd { get; init; }

    public long? Tokens { get; init; }
}

public enum BudgetAction
{
    Stop,
    Cheapest,
    Warn,
}

public sealed record ToolsSettings
{
    [Description("Tools by name or glob; absent means the default set, an empty list means none.")]
    public IReadOnlyList<string>? Allow { get; init; }

    public IReadOnlyList<string> Deny { get; init; } = [];

    public ShellSettings Shell { get; init; } = new();

    [Description("Hosts or address ranges that web_fetch may reach although they are private.")]
    public IReadOnlyList<string> AllowPrivate { get; init; } = [];
}

public sealed record ShellSettings
{
    [Description("off, or allow-list.")]
    public ShellMode Mode { get; init; } = ShellMode.Off;

    [Description("Programs that may be started, by name.")]
    public IReadOnlyList<string> Allow { get; init; } = [];

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    [Description("Environment of the program: NAME to a value, env:NAME or file:NAME.")]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

public enum ShellMode
{
    Off,
    AllowList,
}

public sealed record McpServerSettings
{
    [Description("Program to start (stdio).")]
    public string? Command { get; init; }

    public IReadOnlyList<string> Args { get; init; } = [];

    [Description("Address of a streamable HTTP server.")]
    public string? Url { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Description("Environment of the program: NAME to a value, env:NAME or file:NAME. Nothing else is passed on but PATH, HOME and LANG.")]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string>? Allow { get; init; }

    public IReadOnlyList<string> Deny { get; init; } = [];

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

public sealed record TurnSettings
{
    [Description("Model replies in one turn.")]
    public int Steps { get; init; } = 25;

    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Conversation that a turn carries, in tokens; older parts become the running summary.")]
    public int ContextTokens { get; init; } = 24_000;

    [Description("Characters of one tool result that reach the model.")]
    public int ToolOutput { get; init; } = 20_000;
}

public sealed record TelemetrySettings
{
    [Description("OTLP endpoint, for example http://127.0.0.1:4317.")]
    public string? Otlp { get; init; }
}
