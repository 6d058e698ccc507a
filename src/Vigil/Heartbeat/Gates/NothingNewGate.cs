using Vigil.Heartbeat.Probes;
using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>Lets the probes of the due checks look. A check whose probe saw no change is left out; when none is left, nobody is asked.</summary>
internal sealed class NothingNewGate(Prober prober) : IInputGate
{
    public string Name => Reasons.NothingNew;

    public int Order => 800;

    public bool AppliesTo(AgentWork work) => BeatWork.IsBeat(work);

    public async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var due = context.Finding<BeatFindings>()!.Due;
        var names = due.Select(check => check.Probe).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
            return GateDecision.Pass;
        var looks = await prober.LookAsync(context.Profile, names, context.Finding<CheckRecords>()!.Probes, cancellationToken);
        var left = due.Where(check => check.Probe is null || looks.Any(look => look.Probe == check.Probe && look.IsNews)).ToList();
        context.Findings[typeof(BeatFindings)] = new BeatFindings(left, looks);
        return left.Count == 0 ? new GateDecision.Skip(Reasons.NothingNew, $"probes without news: {string.Join(", ", names)}") : GateDecision.Pass;
    }
}
