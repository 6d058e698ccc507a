using Vigil.Agents;
using Vigil.Cron;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Work;

namespace Vigil.Storage.Cron;

/// <summary>A row of the table schedule.</summary>
internal sealed class ScheduleRow
{
    public const string Columns =
        "id, agent, name, kind, text, zone, anchor, prompt, session, model, tools, deliver, notify, missed, missed_cap, overlap, deadline, origin, enabled, disabled_reason, "
        + "failures, last_error, last_outcome, told_cause, next_at, last_slot, queued_slot, ended_at, created_at, updated_at";

    public string Id { get; set; } = "";

    public string Agent { get; set; } = "";

    public string Name { get; set; } = "";

    public string Kind { get; set; } = "";

    public string Text { get; set; } = "";

    public string? Zone { get; set; }

    public long? Anchor { get; set; }

    public string Prompt { get; set; } = "";

    public string? Session { get; set; }

    public string? Model { get; set; }

    public string? Tools { get; set; }

    public string Deliver { get; set; } = "";

    public string Notify { get; set; } = "";

    public string Missed { get; set; } = "";

    public long MissedCap { get; set; }

    public string Overlap { get; set; } = "";

    public long? Deadline { get; set; }

    public string? Origin { get; set; }

    public long Enabled { get; set; }

    public string? DisabledReason { get; set; }

    public long Failures { get; set; }

    public string? LastError { get; set; }

    public string? LastOutcome { get; set; }

    public string? ToldCause { get; set; }

    public long? NextAt { get; set; }

    public long? LastSlot { get; set; }

    public long? QueuedSlot { get; set; }

    public long? EndedAt { get; set; }

    public long CreatedAt { get; set; }

    public long UpdatedAt { get; set; }

    public Schedule ToSchedule() => new()
    {
        Id = Id,
        Agent = AgentId.Parse(Agent),
        Name = Name,
        When = new StoredSchedule(Kind, Text, Zone, Anchor),
        Prompt = Prompt,
        Session = Session,
        Model = Model,
        Tools = RowJson.ParseOptional<List<string>>(Tools),
        Deliver = RowJson.Parse<List<string>>(Deliver),
        Notify = Words.Parse<NotifyPolicy>(Notify),
        Missed = Words.Parse<MissedPolicy>(Missed),
        MissedCap = (int)MissedCap,
        Overlap = Words.Parse<OverlapPolicy>(Overlap),
        Deadline = Deadline is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        Origin = Origin,
        Enabled = Enabled != 0,
        DisabledReason = DisabledReason,
        Failures = (int)Failures,
        LastError = LastError,
        LastOutcome = LastOutcome is null ? null : Words.Parse<Outcome>(LastOutcome),
        ToldCause = ToldCause,
        NextAt = NextAt.At(),
        LastSlot = LastSlot.At(),
        QueuedSlot = QueuedSlot.At(),
        EndedAt = EndedAt.At(),
        CreatedAt = CreatedAt.At(),
        UpdatedAt = UpdatedAt.At(),
    };

    public static (string Name, object? Value)[] Parameters(Schedule schedule) =>
    [
        ("id", schedule.Id), ("agent", schedule.Agent.Value), ("name", RowText.Storable(schedule.Name)),
        ("kind", schedule.When.Kind), ("text", schedule.When.Text), ("zone", schedule.When.Zone), ("anchor", schedule.When.Milliseconds),
        ("prompt", RowText.Storable(schedule.Prompt)), ("session", schedule.Session), ("model", schedule.Model),
        ("tools", schedule.Tools is null ? null : RowJson.Of(schedule.Tools)), ("deliver", RowJson.Of(schedule.Deliver)), ("notify", Words.Of(schedule.Notify)),
        ("missed", Words.Of(schedule.Missed)), ("missed_cap", (long)schedule.MissedCap), ("overlap", Words.Of(schedule.Overlap)),
        ("deadline", (long?)schedule.Deadline?.TotalMilliseconds), ("origin", schedule.Origin), ("enabled", schedule.Enabled ? 1L : 0L),
        ("disabled_reason", schedule.DisabledReason), ("failures", (long)schedule.Failures), ("last_error", RowText.Storable(schedule.LastError)),
        ("last_outcome", schedule.LastOutcome is { } outcome ? Words.Of(outcome) : null), ("told_cause", RowText.Storable(schedule.ToldCause)),
        ("next_at", schedule.NextAt.Ms()), ("last_slot", schedule.LastSlot.Ms()), ("queued_slot", schedule.QueuedSlot.Ms()), ("ended_at", schedule.EndedAt.Ms()),
        ("created_at", schedule.CreatedAt.Ms()), ("updated_at", schedule.UpdatedAt.Ms()),
    ];
}
