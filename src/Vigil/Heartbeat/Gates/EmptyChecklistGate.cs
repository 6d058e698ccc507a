using Vigil.Work;

namespace Vigil.Heartbeat.Gates;

/// <summary>No file, or nothing in it: nobody is asked. A file that cannot be read fails the beat and never passes for empty.</summary>
internal sealed class EmptyChecklistGate(ChecklistFile file) : IInputGate
{
    public string Name => Reasons.EmptyChecklist;

    public int Order => 600;

    public bool AppliesTo(AgentWork work) => BeatWork.IsBeat(work);

    public ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var checklist = file.Read(context.Profile);
        context.Findings[typeof(Checklist)] = checklist;
        return ValueTask.FromResult(checklist.IsEmpty ? new GateDecision.Skip(Reasons.EmptyChecklist) : GateDecision.Pass);
    }
}
