using Vigil.Turns;

namespace Vigil.Work;

/// <summary>Last of the input gates: without any model there is nobody to ask.</summary>
internal sealed class NoModelGate(SourceTable sources) : IInputGate
{
    public string Name => Reasons.NoModel;

    public int Order => 1000;

    public ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var model = context.Work.Model ?? sources.Of(context.Work).Model(context) ?? context.Profile.Model;
        return ValueTask.FromResult(model is null
            ? new GateDecision.Skip(Reasons.NoModel, "Set models.default in vigil.json, or a provider's key in the environment.")
            : GateDecision.Pass);
    }
}
