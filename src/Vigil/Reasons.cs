using System.Collections.Frozen;

namespace Vigil;

/// <summary>The closed list of reasons. Each silence, skip and failure names one of them; <c>docs/reasons.md</c> explains each.</summary>
public static class Reasons
{
    // Before the model.
    public const string Disabled = "disabled";
    public const string Paused = "paused";
    public const string OutsideActiveHours = "outside-active-hours";
    public const string Busy = "busy";
    public const string Budget = "budget";
    public const string EmptyChecklist = "empty-checklist";
    public const string NothingDue = "nothing-due";
    public const string NothingNew = "nothing-new";
    public const string Overlap = "overlap";
    public const string Missed = "missed";
    public const string Flood = "flood";
    public const string NoModel = "no-model";

    // After the model.
    public const string Ack = "ack";
    public const string Empty = "empty";
    public const string Duplicate = "duplicate";
    public const string NagLimit = "nag-limit";
    public const string QuietNow = "quiet-now";

    // Failures.
    public const string Deadline = "deadline";
    public const string ModelError = "model-error";
    public const string StepLimit = "step-limit";
    public const string GateError = "gate-error";
    public const string Attempts = "attempts";
    public const string Interrupted = "interrupted";
    public const string AgentRemoved = "agent-removed";
    public const string AutoDisabled = "auto-disabled";

    // Of a delivery.
    public const string NotDelivered = "not-delivered";

    // Of a cancelled work.
    public const string Cancelled = "cancelled";
    public const string Superseded = "superseded";

    public static FrozenSet<string> All { get; } = new[]
    {
        Disabled, Paused, OutsideActiveHours, Busy, Budget, EmptyChecklist, NothingDue, NothingNew, Overlap, Missed, Flood, NoModel,
        Ack, Empty, Duplicate, NagLimit, QuietNow,
        Deadline, ModelError, StepLimit, GateError, Attempts, Interrupted, AgentRemoved, AutoDisabled,
        NotDelivered, Cancelled, Superseded,
    }.ToFrozenSet();
}
