using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>The durable unit: one row, from asked-for to finished. Every source takes this path.</summary>
public sealed record AgentWork
{
    public required string Id { get; init; }

    public required AgentId Agent { get; init; }

    /// <summary>From <see cref="WorkSources"/>, or a plug-in's own word.</summary>
    public required string Source { get; init; }

    /// <summary>Whose work it is: a key's id, a schedule's id, a hook's name; empty for the gateway's own.</summary>
    public string Origin { get; init; } = "";

    public required string Prompt { get; init; }

    public required SessionKey Session { get; init; }

    public ContextMode Context { get; init; } = ContextMode.Isolated;

    /// <summary>An explicit model; it is meant and has no hidden fallback.</summary>
    public string? Model { get; init; }

    /// <summary>request or source: who named <see cref="Model"/>.</summary>
    public string? ModelDecidedBy { get; init; }

    /// <summary>Narrows the agent's tools; null means all.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>inbox, owner, origin, none, session, or a channel target such as webhook:phone.</summary>
    public IReadOnlyList<string> Deliver { get; init; } = ["owner"];

    public NotifyPolicy Notify { get; init; } = NotifyPolicy.Gated;

    /// <summary>How long a run may take; null means the setting.</summary>
    public TimeSpan? Deadline { get; init; }

    public string? DedupeKey { get; init; }

    /// <summary>Hash over what was asked, to tell a repeat from a conflict under one key.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Facts of the source (slot, event texts, urgency, template notes); never instructions.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The work that started this one as a sub-agent.</summary>
    public string? ParentId { get; init; }

    /// <summary>The instant that a schedule or grid intended.</summary>
    public DateTimeOffset? Slot { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    // What became of it.

    public WorkState State { get; init; } = WorkState.Waiting;

    public Outcome? Outcome { get; init; }

    public string? Reason { get; init; }

    /// <summary>Rises with each claim; every later write says "if I am still that attempt".</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts that ended without a result of their own (crash, lost node).</summary>
    public int LostAttempts { get; init; }

    public string? Node { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>The raw final reply.</summary>
    public string? Reply { get; init; }

    public string? Error { get; init; }

    public TurnUsage Usage { get; init; } = TurnUsage.None;

    public IReadOnlyList<GateVerdict> Gates { get; init; } = [];

    public IReadOnlyList<string> Notifications { get; init; } = [];
}

/// <summary>The names of the built-in sources.</summary>
public static class WorkSources
{
    public const string Heartbeat = "heartbeat";
    public const string Cron = "cron";
    public const string Task = "task";
    public const string Wake = "wake";
    public const string Run = "run";
    public const string Subagent = "subagent";
}

/// <summary>Where a work stands; the legal ways are in docs/states.md.</summary>
public enum WorkState
{
    Waiting,
    Running,
    Finished,
}

/// <summary>How a work ended.</summary>
public enum Outcome
{
    /// <summary>Posted at least one notification.</summary>
    Spoke,

    /// <summary>A reply for whoever asked; nothing posted.</summary>
    Answered,
    Silent,
    Skipped,
    Failed,
    Cancelled,
}

/// <summary>One gate's word on one work.</summary>
/// <param name="Decision">pass, skip, defer, rewrite or error.</param>
public sealed record GateVerdict(string Gate, string Decision, string? Reason, DateTimeOffset At, double Milliseconds, string? Detail = null);
