using NodaTime;
using Vigil.Events;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>The rules of a sweep: which slots run, which are recorded as missed, skipped or merged, and when the next one comes.</summary>
internal sealed class SweepPlan(ScheduleNotices notices, TimeProvider time) : ISweepPlan
{
    public const int FailuresAllowed = 10;

    /// <summary>More slots than the shortest interval puts into the time that counts as on time.</summary>
    private const int MostTimely = 10;

    public SweepStep Settle(Schedule schedule, EndedSlot ended, DateTimeOffset now)
    {
        var after = schedule with { LastOutcome = ended.Outcome };
        // A retry that a slot replaced has failed as well; else an interval shorter than the retries would hide an outage for good.
        if (ended.Outcome == Outcome.Failed || ended.Reason == Reasons.Superseded)
            return Failed(after, ended, now);
        if (ended.Outcome is not (Outcome.Skipped or Outcome.Cancelled))
            after = after with { Failures = 0, LastError = null, ToldCause = null };
        if (after is { IsOneShot: true, NextAt: null })
            after = after with { EndedAt = now };
        return new SweepStep(after)
        {
            Notices = schedule.ToldCause is not null && after.ToldCause is null ? [notices.Recovered(schedule, ended.WorkId, now)] : [],
        };
    }

    public SweepStep Due(DueSchedule due, DateTimeOffset now)
    {
        var schedule = due.Schedule;
        var (when, unreadable) = schedule.ReadTime();
        if (when is null)
            return Disabled(schedule with { LastError = unreadable!.Message }, now) with { Notices = [notices.Unreadable(schedule, unreadable.Message, now)] };
        var step = new Step(schedule, due.Open, now);
        var instant = Instant.FromDateTimeOffset(now);
        if (schedule.QueuedSlot is { } queued && step.Busy == 0)
            step.Run(new Slot(Instant.FromDateTimeOffset(queued)), time, fromQueue: true);
        if (schedule.NextAt is { } next && next <= now)
            Slots(step, when, Instant.FromDateTimeOffset(next), instant);
        return step.Done();
    }

    private void Slots(Step step, ScheduleTime when, Instant next, Instant now)
    {
        var schedule = step.Schedule;
        var from = next - Duration.FromMilliseconds(1);
        if (schedule.LastSlot is { } last)
            from = Instant.Max(from, Instant.FromDateTimeOffset(last));
        var late = now - ScheduleTime.OnTime - Duration.FromMilliseconds(1);
        var missed = late > from ? when.Between(from, late, schedule.Missed == MissedPolicy.All ? schedule.MissedCap : 1) : new SlotSpan(0, true, null, null, []);
        var timely = when.Between(Instant.Max(from, late), now, MostTimely);
        step.Supersede(missed.Count + timely.Count > 0);

        // What is on time stands in for what was missed: a person wants one report in the morning, not two.
        var run = schedule.Missed switch
        {
            MissedPolicy.All => missed.Newest,
            MissedPolicy.Once when timely.Count == 0 => missed.Newest,
            _ => [],
        };
        if (missed.Count > run.Count)
            step.Missed(missed, missed.Count - run.Count, run.Count, time, notices);
        foreach (var slot in run)
            step.Run(slot, time, catchUp: schedule.Missed == MissedPolicy.All, missed: missed.Count);
        foreach (var slot in timely.Newest)
            step.Run(slot, time, missed: missed.Count);
        step.Schedule = step.Schedule with
        {
            NextAt = when.Next(now)?.At.ToDateTimeOffset(),
            LastSlot = (timely.Last ?? missed.Last)?.ToDateTimeOffset() ?? schedule.LastSlot,
        };
        if (step.Schedule.NextAt is null && when is not ScheduleTime.At)
            step.Schedule = step.Schedule with { EndedAt = now.ToDateTimeOffset() };
    }

    private SweepStep Failed(Schedule schedule, EndedSlot ended, DateTimeOffset now)
    {
        var error = ended.Error ?? ended.Reason ?? "unknown";
        var after = schedule with { Failures = schedule.Failures + 1, LastError = error };
        var cause = $"{ended.Reason}: {error}";
        // Nobody else may run it, and waiting for more failures would not bring the agent back.
        if (ended.Reason == Reasons.AgentRemoved && schedule.Enabled && !schedule.IsOneShot)
            return Disabled(after with { ToldCause = cause }, now) with { Notices = [notices.AgentGone(after, ended.WorkId, now)] };
        if (schedule.IsOneShot)
            return new SweepStep(after with { ToldCause = cause }) { Notices = schedule.ToldCause == cause ? [] : [notices.OneShotFailed(schedule, ended.WorkId, error, now)] };
        if (after.Failures < FailuresAllowed || !schedule.Enabled)
            return new SweepStep(after);
        // Also for a cause that was told before: somebody took it for mended and enabled the schedule, and waits for it now.
        return Disabled(after with { ToldCause = cause }, now) with { Notices = [notices.AutoDisabled(after, ended.WorkId, error, now)] };
    }

    private static SweepStep Disabled(Schedule schedule, DateTimeOffset now)
    {
        var after = schedule with { Enabled = false, DisabledReason = Reasons.AutoDisabled, NextAt = null, QueuedSlot = null, UpdatedAt = now };
        return new SweepStep(after)
        {
            Events = [new NewEvent(now, ScheduleEvents.Disabled, WorkSources.Cron, schedule.Agent.Value, null,
                NewEvent.Json(new { schedule = schedule.Id, reason = Reasons.AutoDisabled, failures = schedule.Failures }))],
        };
    }

    /// <summary>What is gathered for one schedule on the way through its slots.</summary>
    private sealed class Step(Schedule schedule, IReadOnlyList<OpenSlot> open, DateTimeOffset now)
    {
        private readonly List<AgentWork> _admit = [];
        private readonly List<(AgentWork, string, NewEvent)> _skip = [];
        private readonly List<string> _supersede = [];
        private readonly List<Vigil.Notify.Notification> _notices = [];
        private int _open = open.Count;

        public Schedule Schedule { get; set; } = schedule;

        /// <summary>Runs that stand before the next slot.</summary>
        public int Busy => _open;

        public void Supersede(bool slotCame)
        {
            foreach (var retry in open.Where(retry => retry.WaitsForRetry && slotCame))
            {
                _supersede.Add(retry.WorkId);
                _open--;
            }
        }

        public void Run(Slot slot, TimeProvider time, bool catchUp = false, bool fromQueue = false, long missed = 0)
        {
            if (_open > 0 && !catchUp && !fromQueue && Schedule.Overlap != OverlapPolicy.Allow)
            {
                if (Schedule.Overlap == OverlapPolicy.Queue && Schedule.QueuedSlot is null)
                    Schedule = Schedule with { QueuedSlot = slot.At.ToDateTimeOffset() };
                else
                    Overlapped(slot, time);
                return;
            }
            var work = SlotWork.For(Schedule, slot, now, time);
            if (missed > 0)
                work.Metadata[SlotWork.MissedKey] = missed;
            _admit.Add(work);
            if (fromQueue)
                Schedule = Schedule with { QueuedSlot = null };
            if (!catchUp)
                _open++;
        }

        public void Missed(SlotSpan span, long count, int running, TimeProvider time, ScheduleNotices notices)
        {
            var (first, last) = (span.First!.Value, span.Last!.Value);
            var work = SlotWork.Record(Schedule, $"missed:{LocalText.Utc(first)}:{LocalText.Utc(last)}", last, now, time);
            work.Metadata["count"] = count;
            work.Metadata["first"] = LocalText.Utc(first);
            work.Metadata["last"] = LocalText.Utc(last);
            _skip.Add((work, Reasons.Missed, Skipped(work, Reasons.Missed, count, first, last, span.Exact)));
            if (!Schedule.IsOneShot || running > 0)
                return;
            Schedule = Schedule with { EndedAt = now, LastOutcome = Outcome.Skipped };
            _notices.Add(notices.OneShotMissed(Schedule, work.Id, first, now));
        }

        public SweepStep Done() => new(Schedule) { Admit = _admit, Skip = _skip, Supersede = _supersede, Notices = _notices };

        private void Overlapped(Slot slot, TimeProvider time)
        {
            var work = SlotWork.Record(Schedule, LocalText.Utc(slot.At), slot.At, now, time);
            if (Schedule.QueuedSlot is { } queued)
                work.Metadata["mergedInto"] = LocalText.Utc(Instant.FromDateTimeOffset(queued));
            _skip.Add((work, Reasons.Overlap, Skipped(work, Reasons.Overlap, 1, slot.At, slot.At, true)));
        }

        private NewEvent Skipped(AgentWork work, string reason, long count, Instant first, Instant last, bool exact) => new(now, EventTypes.WorkSkipped, WorkSources.Cron, Schedule.Agent.Value, work.Id,
            NewEvent.Json(new { outcome = "skipped", reason, schedule = Schedule.Id, count, atLeast = !exact, first = LocalText.Utc(first), last = LocalText.Utc(last) }));
    }
}
