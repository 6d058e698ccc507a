using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>Finds the checks whose turn it is.</summary>
internal sealed class NothingDueGate(CheckBook book) : IInputGate
{
    public string Name => Reasons.NothingDue;

    public int Order => 700;

    public bool AppliesTo(AgentWork work) => BeatWork.IsBeat(work);

    public async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var checklist = context.Finding<Checklist>()!;
        var slot = BeatWork.Slot(context);
        var hours = BeatHours.Of(context.Profile);
        var records = await book.ReadAsync(context.Work.Agent, cancellationToken);
        var due = checklist.Checks.Where(check => records.Of(check).IsDue(check, slot, hours)).ToList();
        context.Findings[typeof(CheckRecords)] = records;
        context.Findings[typeof(BeatFindings)] = new BeatFindings(due, []);
        return due.Count == 0 ? new GateDecision.Skip(Reasons.NothingDue, $"{Counted.Of(checklist.Checks.Count, "check")}, none due") : GateDecision.Pass;
    }
}
