using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>A person who talks to the agent, or just did, is not interrupted.</summary>
internal sealed class BusyGate(IHeartbeatStore store) : StandingGate(store)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(30);

    public override string Name => Reasons.Busy;

    public override int Order => 400;

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
