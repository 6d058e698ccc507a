using Vigil.Agents;
using Vigil.Errors;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>When, for which agent and with what prompt: one row. Immutable; every change makes a new one.</summary>
public sealed record Schedule
{
    public const string IdPrefix = "sch_";
    public const int DefaultCap = 10;

    public required string Id { get; init; }

    public required AgentId Agent { get; init; }

    /// <summary>Unique within the agent.</summary>
    public required string Name { get; init; }

    public required StoredSchedule When { get; init; }

    public required string Prompt { get; init; }

    /// <summary>The conversation that its runs continue; null means a fresh one for each.</summary>
    public string? Session { get; init; }

    public string? Model { get; init; }

    /// <summary>Narrows the agent's tools; null means all, an empty list none.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    public IReadOnlyList<string> Deliver { get; init; } = [Targets.Owner];

    public NotifyPolicy Notify { get; init; } = NotifyPolicy.Always;

    public MissedPolicy Missed { get; init; } = MissedPolicy.Once;

    /// <summary>How many missed slots run at most under <see cref="MissedPolicy.All"/>.</summary>
    public int MissedCap { get; init; } = DefaultCap;

    public OverlapPolicy Overlap { get; init; } = OverlapPolicy.Skip;

    public TimeSpan? Deadline { get; init; }

    /// <summary>The channel target that "origin" stands for: where the schedule was made.</summary>
    public string? Origin { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>From the closed list of reasons; null when a person disabled it.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Planned works that failed in a row; skipped and cancelled ones neither add to it nor reset it.</summary>
    public int Failures { get; init; }

    public string? LastError { get; init; }

    public Outcome? LastOutcome { get; init; }

    /// <summary>The cause that the owner was told of and that has not been seen to work again since.</summary>
    public string? ToldCause { get; init; }

    /// <summary>The next slot; null when disabled or over.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>The newest slot that was turned into work or recorded as missed; no slot up to it is used again, whatever the clock does.</summary>
    public DateTimeOffset? LastSlot { get; init; }

    /// <summary>Overlap policy queue: the slot that runs as soon as the one before it has ended.</summary>
    public DateTimeOffset? QueuedSlot { get; init; }

    /// <summary>A one-shot that has ended well, or was recorded as missed; it is listed on request only.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public bool IsOneShot => When.Kind == "at";

    /// <exception cref="FormatException">Its zone has left the zone rules.</exception>
    public ScheduleTime Time => ScheduleTime.Restore(When);

    /// <summary>The time, or why it cannot be read any more: a new release of the zone rules may drop a zone.</summary>
    public (ScheduleTime? Time, Fault? Fault) ReadTime()
    {
        try
        {
            return (Time, null);
        }
        catch (FormatException unreadable)
        {
            return (null, new Fault("schedule_unreadable", $"The time of '{Name}' cannot be read any more: {unreadable.Message}", "Give it a new time with 'vigil cron edit'.", "schedule") { Kind = FaultKind.Conflict });
        }
    }
}

/// <summary>What becomes of slots that nobody was there for.</summary>
public enum MissedPolicy
{
    /// <summary>Recorded, never run.</summary>
    Skip,

    /// <summary>One run for all of them.</summary>
    Once,

    /// <summary>Each, the newest up to the cap.</summary>
    All,
}

/// <summary>What becomes of a slot that comes while the one before it still runs.</summary>
public enum OverlapPolicy
{
    /// <summary>Recorded, never run.</summary>
    Skip,

    /// <summary>One run follows; further slots are merged into it.</summary>
    Queue,

    /// <summary>Side by side.</summary>
    Allow,
}

/// <summary>The types of the events about schedules.</summary>
public static class ScheduleEvents
{
    public const string Added = "schedule.added";
    public const string Changed = "schedule.changed";
    public const string Removed = "schedule.removed";
    public const string Enabled = "schedule.enabled";
    public const string Disabled = "schedule.disabled";
}
