using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>The heartbeat was turned off in settings, perhaps after the beat was admitted.</summary>
internal sealed class DisabledGate : IInputGate
{
    public string Name => Reasons.Disabled;

    public int Order => 100;

    public bool AppliesTo(AgentWork work) => BeatWork.Concerns(work);

    public ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
        => ValueTask.FromResult(context.Profile.Heartbeat.Enabled ? GateDecision.Pass : new GateDecision.Skip(Reasons.Disabled, "heartbeat.enabled is false"));
}
