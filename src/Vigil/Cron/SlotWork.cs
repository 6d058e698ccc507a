using System.Text.Json.Nodes;
using NodaTime;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>Makes the work of a slot. What it carries is the schedule as it stands at that moment: a later edit never reaches it.</summary>
internal static class SlotWork
{
    public const string MissedKey = "missed";

    /// <summary>The work that runs for a slot, admitted late or on time.</summary>
    public static AgentWork For(Schedule schedule, Slot slot, DateTimeOffset now, TimeProvider time)
    {
        var at = slot.At.ToDateTimeOffset();
        var onTime = now - at <= ScheduleTime.OnTime.ToTimeSpan();
        var work = Plain(schedule, now, time);
        var facts = work.Metadata;
        facts["slot"] = LocalText.Utc(slot.At);
        if (slot.Planned is { } planned)
            facts["planned"] = LocalText.Of(planned);
        return work with
        {
            Slot = at,
            DedupeKey = LocalText.Utc(slot.At),
            DueAt = onTime && at <= now ? at : now,
        };
    }

    /// <summary>The work of <c>cron run</c>: no slot, so the plan does not move.</summary>
    public static AgentWork Manual(Schedule schedule, DateTimeOffset now, TimeProvider time)
    {
        var work = Plain(schedule, now, time);
        work.Metadata["manual"] = true;
        return work;
    }

    /// <summary>The record of slots that do not run.</summary>
    public static AgentWork Record(Schedule schedule, string dedupeKey, Instant slot, DateTimeOffset now, TimeProvider time) => Plain(schedule, now, time) with
    {
        Slot = slot.ToDateTimeOffset(),
        DedupeKey = dedupeKey,
    };

    private static AgentWork Plain(Schedule schedule, DateTimeOffset now, TimeProvider time)
    {
        var id = NewId.Work(time);
        var facts = new JsonObject { ["schedule"] = schedule.Name, ["zone"] = schedule.When.Zone };
        if (schedule.Origin is { } origin)
            facts["origin"] = origin;
        return new AgentWork
        {
            Id = id,
            Agent = schedule.Agent,
            Source = WorkSources.Cron,
            Origin = schedule.Id,
            Prompt = schedule.Prompt,
            Session = SessionOf(schedule, id),
            Context = schedule.Session is null ? ContextMode.Isolated : ContextMode.Main,
            Model = schedule.Model,
            ModelDecidedBy = schedule.Model is null ? null : "source",
            Tools = schedule.Tools,
            Deliver = schedule.Deliver,
            Notify = schedule.Notify,
            Deadline = schedule.Deadline,
            Metadata = facts,
            CreatedAt = now,
            DueAt = now,
        };
    }

    private static SessionKey SessionOf(Schedule schedule, string workId)
        => SessionKey.TryParse(schedule.Session, out var named) ? named : SessionKey.For(schedule.Agent, "cron", schedule.Id, workId);
}
