using Vigil.Cron;
using Vigil.Gateway.Inbox;
using Vigil.Gateway.Works;
using Vigil.Notify;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Cron;

/// <summary>A schedule on the wire.</summary>
/// <param name="State">waiting, running, disabled, ended or failed.</param>
/// <param name="Words">The time in plain words.</param>
/// <param name="Next">The coming slots; only in the view of one schedule.</param>
internal sealed record ScheduleView(string Id, string Agent, string Name, string State, TimeView Schedule, string Words, string? Zone, string Prompt, string? Session, string? Model,
    IReadOnlyList<string>? Tools, IReadOnlyList<string> Deliver, string Notify, string Missed, int MissedCap, string Overlap, string? Deadline, string? Origin, bool Enabled, string? DisabledReason,
    int Failures, string? LastError, string? LastOutcome, DateTimeOffset? NextAt, DateTimeOffset? LastSlot, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyList<SlotView>? Next)
{
    public const int PreviewCount = 5;

    public static ScheduleView Of(Schedule schedule, Schedules? previews = null)
    {
        var (time, _) = schedule.ReadTime();
        var slots = previews is null || time is null || schedule.NextAt is not { } next
            ? null
            : previews.Preview(time, schedule.Agent, next.AddMilliseconds(-1), PreviewCount).Select(SlotView.Of).ToList();
        return new ScheduleView(schedule.Id, schedule.Agent.Value, schedule.Name, StateOf(schedule), TimeView.Of(schedule.When), time?.Describe() ?? $"{schedule.When.Kind} {schedule.When.Text}",
            schedule.When.Zone, schedule.Prompt, schedule.Session, schedule.Model, schedule.Tools, schedule.Deliver, Gateway.Words.Of(schedule.Notify), Gateway.Words.Of(schedule.Missed), schedule.MissedCap,
            Gateway.Words.Of(schedule.Overlap), schedule.Deadline is { } deadline ? DurationText.Format(deadline) : null, schedule.Origin, schedule.Enabled, schedule.DisabledReason,
            schedule.Failures, schedule.LastError, schedule.LastOutcome is { } outcome ? Gateway.Words.Of(outcome) : null, schedule.NextAt, schedule.LastSlot, schedule.CreatedAt, schedule.UpdatedAt,
            previews is null ? null : slots ?? []);
    }

    private static string StateOf(Schedule schedule)
        => !schedule.Enabled ? "disabled"
            : schedule.EndedAt is not null ? "ended"
            : schedule.NextAt is not null ? "waiting"
            : schedule.LastOutcome == Outcome.Failed ? "failed" : "running";
}

/// <summary>As it was typed, in one of the three.</summary>
internal sealed record TimeView(string? At, string? Every, string? Cron, string? Timezone)
{
    public static TimeView Of(StoredSchedule when)
        => new(when.Kind == "at" ? when.Text : null, when.Kind == "every" ? when.Text : null, when.Kind == "cron" ? when.Text : null, when.Zone);
}

/// <param name="Local">Wall-clock time in the zone.</param>
/// <param name="Planned">The wall-clock time that the clock skips, when the slot stands at the end of the gap.</param>
internal sealed record SlotView(DateTimeOffset At, string Local, string Offset, string Utc, string? Planned)
{
    public static SlotView Of(SlotPreview slot) => new(slot.At.ToDateTimeOffset(), slot.Local, slot.Offset, slot.Utc, slot.Planned);
}

/// <summary>The answer to a preview: nothing was stored.</summary>
internal sealed record PreviewView(string Words, string? Zone, IReadOnlyList<SlotView> Next);

/// <summary>One execution in a schedule's history.</summary>
internal sealed record ExecutionView(string Work, string State, string? Outcome, string? Reason, bool Manual, DateTimeOffset? Planned, string? PlannedLocal, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt, double? DurationMs, int Attempt, ModelView Model, UsageView Usage, string? Error, string? Reply, long? Count, string? First, string? Last, string? MergedInto,
    IReadOnlyList<DeliveryView> Deliveries)
{
    public static ExecutionView Of(AgentWork work, IEnumerable<Notification> notifications)
    {
        var view = WorkView.Of(work);
        return new ExecutionView(work.Id, view.State, view.Outcome, work.Reason, work.Metadata["manual"] is not null, work.Slot, Fact(work, "planned"), work.CreatedAt, work.StartedAt, work.FinishedAt,
            work is { StartedAt: { } started, FinishedAt: { } finished } ? (finished - started).TotalMilliseconds : null, work.Attempt, view.Model, view.Usage, work.Error, work.Reply,
            work.Metadata["count"]?.GetValue<long>(), Fact(work, "first"), Fact(work, "last"), Fact(work, "mergedInto"),
            [.. notifications.SelectMany(notification => notification.Deliveries).Select(DeliveryView.Of)]);
    }

    private static string? Fact(AgentWork work, string name) => work.Metadata[name]?.GetValue<string>();
}
