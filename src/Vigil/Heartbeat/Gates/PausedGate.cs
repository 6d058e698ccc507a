using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>Nothing passes a pause; what waits for its end is looked at then, slots are not made up for.</summary>
internal sealed class PausedGate(IHeartbeatStore store) : StandingGate(store)
{
    // A resume makes waiting wakes due at once; this is how often one that nobody resumes is looked at.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromDays(1);

    public override string Name => Reasons.Paused;

    public override int Order => 200;

    protected override GateDecision Decide(WorkContext context, BeatStanding standing)
    {
        if (Pause.Parse(standing.Pause) is not { } pause || !pause.Holds(context.Now))
            return GateDecision.Pass;
        var detail = pause.Until is { } until ? $"until {until:u}" : "until it is resumed";
        return BeatWork.IsWake(context.Work)
            ? new GateDecision.Defer(pause.Until ?? context.Now + s_lookAgain, Reasons.Paused, detail)
            : new GateDecision.Skip(Reasons.Paused, detail);
    }
}
