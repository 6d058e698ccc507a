using NodaTime;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>What a work of the heartbeat is: a slot, run now, a wake by events, or a follow-up.</summary>
internal static class BeatWork
{
    // Slots are judged by their own instant, so that a beat which waited a few seconds for its turn is not on the other side of a boundary.
    private static readonly Duration s_prompt = Duration.FromMinutes(1);

    public static bool Concerns(AgentWork work) => work.Source is WorkSources.Heartbeat or WorkSources.Wake;

    public static bool IsBeat(AgentWork work) => work.Source == WorkSources.Heartbeat;

    public static bool IsWake(AgentWork work) => work.Source == WorkSources.Wake;

    public static bool IsFollowUp(AgentWork work) => IsWake(work) && work.Origin == BeatState.FollowUpOrigin;

    /// <summary>The instant at which checks count as looked at: the slot, so that cadences do not drift.</summary>
    public static Instant Slot(WorkContext context) => Instant.FromDateTimeOffset(context.Work.Slot ?? context.Now);

    /// <summary>Whether the beat may be inside the hours: its slot must be, and when it runs late, that moment as well.</summary>
    public static bool IsInside(WorkContext context, ActiveHours hours)
    {
        var (slot, now) = (Slot(context), Instant.FromDateTimeOffset(context.Now));
        return hours.Contains(slot) && (now - slot < s_prompt || hours.Contains(now));
    }
}
