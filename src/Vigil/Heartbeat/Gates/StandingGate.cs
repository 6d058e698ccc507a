using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>A gate that asks how the agent stands; the first one looks, the others find it.</summary>
internal abstract class StandingGate(IHeartbeatStore store) : IInputGate
{
    protected IHeartbeatStore Store => store;

    public abstract string Name { get; }

    public abstract int Order { get; }

    public bool AppliesTo(AgentWork work) => BeatWork.Concerns(work);

    public virtual async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        if (context.Finding<BeatStanding>() is not { } standing)
        {
            var since = context.Now - context.Profile.Heartbeat.QuietAfterMessage;
            standing = await store.StandingAsync(context.Work.Agent, since, context.Now, cancellationToken);
            context.Findings[typeof(BeatStanding)] = standing;
        }
        return Decide(context, standing);
    }

    protected abstract GateDecision Decide(WorkContext context, BeatStanding standing);
}
