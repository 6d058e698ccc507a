using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>
/// A person who talks to the agent, or just did, is not interrupted. The end of the agent's own command is no interruption: the person was likely told to wait for it, so
/// it waits for a turn that runs and for no quiet after it.
/// </summary>
internal sealed class BusyGate(IHeartbeatStore store) : StandingGate(store)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(30);

    public override string Name => Reasons.Busy;

    public override int Order => 400;

    public override async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var decision = await base.DecideAsync(context, cancellationToken);
        if (decision is not GateDecision.Defer waits || !(await Store.EventsOfAsync(context.Work.Id, cancellationToken)).Any(one => one.Source == BeatState.CommandSource))
            return decision;
        return context.Finding<BeatStanding>()!.PersonTurns > 0 ? waits with { Until = context.Now + s_lookAgain } : GateDecision.Pass;
    }

    protected override GateDecision Decide(WorkContext context, BeatStanding standing)
    {
        var quietFrom = standing.PersonAt is { } person ? person + context.Profile.Heartbeat.QuietAfterMessage : context.Now;
        var talks = standing.PersonTurns > 0;
        if (!talks && quietFrom <= context.Now)
            return GateDecision.Pass;
        var detail = talks ? "a turn of the person runs" : $"the person wrote at {standing.PersonAt:u}";
        if (!BeatWork.IsWake(context.Work))
            return new GateDecision.Skip(Reasons.Busy, detail);
        var soon = context.Now + s_lookAgain;
        return new GateDecision.Defer(talks && soon > quietFrom ? soon : quietFrom, Reasons.Busy, detail);
    }
}
