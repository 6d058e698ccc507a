using System.ComponentModel;

namespace Vigil.Settings;

/// <summary><c>gateway</c>: the address, the store, and how work is done.</summary>
public sealed record GatewaySettings
{
    [Description("Address to listen on. Any other than loopback needs TLS, or behindProxy.")]
    [Text(TextFormat.Bind)]
    public string Bind { get; init; } = "127.0.0.1";

    [Description("Port to listen on; 0 takes any free one.")]
    [Bounds(0, 65535)]
    public int Port { get; init; } = 7070;

    [Description("Say true when a proxy in front terminates TLS; needed for a bind other than loopback without TLS.")]
    public bool BehindProxy { get; init; }

    [Description("Certificate of the gateway itself.")]
    public TlsSettings? Tls { get; init; }

    [Description("Origins of web pages that may read answers.")]
    [Text(TextFormat.Url, Example = "https://chat.example.org")]
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    [Description("Where state is kept.")]
    public StorageSettings Storage { get; init; } = new();

    [Description("When and how agents wake by themselves; an agent changes single keys in agent.json.")]
    public HeartbeatSettings Heartbeat { get; init; } = new();

    [Description("How works run.")]
    public WorkSettings Work { get; init; } = new();

    [Description("Turns that callers of /v1 may run at once.")]
    public ApiSettings Api { get; init; } = new();

    [Description("How long events are kept.")]
    public EventSettings Events { get; init; } = new();

    [Description("Webhooks by name: POST /hooks/{name}.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, HookSettings> Hooks { get; init; } = new Dictionary<string, HookSettings>();
}

/// <summary><c>gateway.tls</c></summary>
public sealed record TlsSettings
{
    [Description("PEM file with the certificate chain.")]
    public string? Certificate { get; init; }

    [Description("PEM file with the private key.")]
    public string? Key { get; init; }
}

/// <summary><c>gateway.storage</c></summary>
public sealed record StorageSettings
{
    [Description("sqlite or postgres.")]
    public StorageKind Kind { get; init; } = StorageKind.Sqlite;

    [Description("PostgreSQL connection: env:NAME or file:NAME.")]
    [Text(TextFormat.Secret, Example = "env:VIGIL_PG")]
    public string? Connection { get; init; }

    [Description("PostgreSQL schema.")]
    [Text(TextFormat.Identifier)]
    public string Schema { get; init; } = "vigil";

    [Description("SQLite: full survives a power cut, normal is faster and survives a crash of the process.")]
    public SqliteSync Synchronous { get; init; } = SqliteSync.Full;
}

/// <summary>The databases.</summary>
public enum StorageKind
{
    Sqlite,
    Postgres,
}

/// <summary>When SQLite's writes reach the disk.</summary>
public enum SqliteSync
{
    Full,
    Normal,
}

/// <summary><c>gateway.work</c></summary>
public sealed record WorkSettings
{
    [Description("Works that run at once on this node.")]
    [Bounds(1, 10_000)]
    public int Slots { get; init; } = 32;

    [Description("How long one work may run.")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Attempts that may be lost to crashes before a work ends failed.")]
    [Bounds(1, 100)]
    public int Attempts { get; init; } = 5;

    [Description("How long a stop waits for running works before it hands them back.")]
    [AtLeast("0s")]
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(20);

    [Description("A node that gave no sign of life for this time loses its works to the others.")]
    [AtLeast("3s")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    [Description("How long finished works are kept.")]
    [AtLeast("1h")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(90);
}

/// <summary><c>gateway.api</c></summary>
public sealed record ApiSettings
{
    [Description("Turns of /v1 that run at once on this node.")]
    [Bounds(1, 100_000)]
    public int Slots { get; init; } = 1024;

    [Description("Of these, how many one key may hold.")]
    [Bounds(1, 100_000)]
    public int SlotsPerKey { get; init; } = 1024;

    [Description("Requests that may wait for a slot; further ones get 429 at once.")]
    [Bounds(0, 100_000)]
    public int Queue { get; init; } = 64;

    [Description("How long a request waits for a slot before it gets 429.")]
    [AtLeast("0s")]
    public TimeSpan QueueFor { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary><c>gateway.events</c></summary>
public sealed record EventSettings
{
    [Description("How long events are kept.")]
    [AtLeast("1h")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(30);

    [Description("How many events are kept at most.")]
    [Bounds(1000)]
    public long KeepAtMost { get; init; } = 2_000_000;
}

/// <summary><c>gateway.hooks.NAME</c>: one webhook.</summary>
public sealed record HookSettings
{
    [Description("The agent that does the work.")]
    [Text(TextFormat.Agent)]
    public string Agent { get; init; } = "main";

    [Description("Template over the JSON body: {{a.b}} is filled from it; without it the agent is given the whole body.")]
    public string? Prompt { get; init; }

    [Description("Session of the work; without it one of its own for each post.")]
    public string? Session { get; init; }

    [Description("provider/model of the work; without it the agent's own.")]
    [Text(TextFormat.Model)]
    public string? Model { get; init; }

    [Description("A secret: env:NAME or file:NAME.")]
    [Text(TextFormat.Secret, Example = "env:GH_SECRET")]
    public string? Secret { get; init; }

    [Description("How posts are signed: vigil, github or stripe.")]
    [Text(TextFormat.Any, Words = ["vigil", "github", "stripe"])]
    public string? Signature { get; init; }

    [Description("gated: notify_user alone speaks; always: the final reply is the message; silent: nothing is said.")]
    public NotifyPolicy Notify { get; init; } = NotifyPolicy.Gated;

    [Description("Where what is said goes: inbox, owner, or channel:name.")]
    [Text(TextFormat.Target)]
    public string? Deliver { get; init; }

    [Description("Where the sender's own delivery id stands: a template, or header:NAME.")]
    public string? DeliveryId { get; init; }

    [Description("Notify at once without asking a model.")]
    public bool DeliverOnly { get; init; }

    [Description("Posts in a minute; more are refused.")]
    [Bounds(1, 100_000)]
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
