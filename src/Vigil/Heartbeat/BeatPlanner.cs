using Microsoft.Extensions.Logging;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>With each pulse: brings the rows of beats in line with the profiles when these changed, and lets due beats become works.</summary>
internal sealed class BeatPlanner(IHeartbeatStore store, BeatRound round, WorkSignal signal, ILogger<BeatPlanner> log) : IPulseHandler
{
    // So many in one transaction that a morning of a hundred thousand is done in seconds, and so few that a person's message gets in between.
    private const int SweepAtOnce = 1_000;
    private const int SweepsPerPulse = 200;

    public string Name => "beats";

    public async ValueTask OnPulseAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await round.GoOnAsync(now, cancellationToken);
        var (missed, late) = (0L, 0);
        for (var sweeps = 0; sweeps < SweepsPerPulse; sweeps++)
        {
            var sweep = await store.SweepAsync(now, SweepAtOnce, cancellationToken);
            if (sweep.Works > 0)
                signal.Set();
            if (sweep.Missed > 0)
                (missed, late) = (missed + sweep.Missed, late + sweep.Beats);
            if (sweep.Beats < SweepAtOnce)
                break;
        }
        if (missed > 0)
            log.LogWarning("{Missed} slots of {Beats} beats were missed; each agent whose slots were missed beats once now.", missed, late);
    }
}
