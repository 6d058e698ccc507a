using NodaTime;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>Outside the hours slots are skipped and wakes wait for the window; an urgent wake passes.</summary>
internal sealed class ActiveHoursGate(IHeartbeatStore store) : IInputGate
{
    public string Name => Reasons.OutsideActiveHours;

    public int Order => 300;

    public bool AppliesTo(AgentWork work) => BeatWork.Concerns(work);

    public async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        if (context.Profile.Heartbeat.ActiveHours is null)
            return GateDecision.Pass;
        var hours = BeatHours.Of(context.Profile);
        var now = Instant.FromDateTimeOffset(context.Now);
        if (!BeatWork.IsWake(context.Work))
        {
            return BeatWork.IsInside(context, hours)
                ? GateDecision.Pass
                : new GateDecision.Skip(Reasons.OutsideActiveHours, $"it is {LocalText.In(BeatWork.Slot(context), hours.Zone)}");
        }
        if (hours.Contains(now) || await IsUrgentAsync(context, cancellationToken))
            return GateDecision.Pass;
        return new GateDecision.Defer(hours.NextOpening(now).ToDateTimeOffset(), Reasons.OutsideActiveHours);
    }

    private async Task<bool> IsUrgentAsync(WorkContext context, CancellationToken cancellationToken)
        => !BeatWork.IsFollowUp(context.Work) && (await store.EventsOfAsync(context.Work.Id, cancellationToken)).Any(one => one.Urgent);
}
