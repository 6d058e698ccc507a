using Vigil.Heartbeat;
using Vigil.Settings;
using Vigil.State;
using Vigil.Work;

namespace Vigil.Ledger;

/// <summary>A work whose first call could pass a budget is not begun. What cannot wait for a next slot waits for the end of the period.</summary>
internal sealed class BudgetGate(BudgetGuard guard, BudgetNotices notices, SourceTable sources, IStateStore state) : IInputGate
{
    /// <summary>The size of a prompt nobody has seen yet.</summary>
    private const long UnknownInput = 1_500;

    public string Name => Reasons.Budget;

    public int Order => 500;

    public async ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        if (!guard.Applies(context.Profile) || Model(context) is not { } model)
            return GateDecision.Pass;
        var last = BeatWork.Concerns(context.Work) ? await state.ReadAsync<LastPrompt>(context.Work.Agent, BeatState.LastPromptKey, cancellationToken) : null;
        var input = last?.PerCall ?? UnknownInput;
        var verdict = await guard.JudgeAsync(context.Profile, model, input, BudgetGuard.MaxOutput, cancellationToken);
        // Calls that run now end sooner than this work could come round again: it is begun, and waits for them.
        if (verdict.Crowded)
            return GateDecision.Pass;
        if (verdict.Action == BudgetAction.Stop)
        {
            await notices.TellAsync(context.Profile, verdict, cancellationToken);
            return BeatWork.IsWake(context.Work)
                ? new GateDecision.Defer(verdict.Until, Reasons.Budget, verdict.Exceeded)
                : new GateDecision.Skip(Reasons.Budget, verdict.Exceeded);
        }
        // The prompt stays as it is: the verdict makes visible why another model answers than the one that was asked for.
        return verdict.Action == BudgetAction.Cheapest ? new GateDecision.Rewrite(context.Work.Prompt, Reasons.Budget) : GateDecision.Pass;
    }

    private string? Model(WorkContext context) => context.Work.Model ?? sources.Of(context.Work).Model(context) ?? context.Profile.Model;
}
