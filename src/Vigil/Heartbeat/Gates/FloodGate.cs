using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>Follow-ups come in with the outcome of a run and not through the lane of wakes, so a run that plans the next minute again and again is slowed down here.</summary>
internal sealed class FloodGate(IHeartbeatStore store) : IInputGate
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    public string Name => Reasons.Flood;

    public int Order => 450;

    public bool AppliesTo(AgentWork work) => BeatWork.IsFollowUp(work);

    public async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var limit = context.Profile.Heartbeat.WakesPerHour;
        var wakes = await store.WakesSinceAsync(context.Work.Agent, context.Now - s_hour, cancellationToken);
        return wakes < limit ? GateDecision.Pass : new GateDecision.Defer(context.Now + s_hour, Reasons.Flood, $"{wakes} wakes within an hour, the limit is {limit}");
    }
}
