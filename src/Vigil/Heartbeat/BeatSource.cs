using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.State;
using Vigil.Tools;
using Vigil.Tools.Source;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>What beats and wakes share: they speak by tool alone, run on the heartbeat's model, may hand over to the stronger one, and leave nothing in a conversation.</summary>
internal abstract class BeatSource(IStateStore state, Escalations escalations, BeatCommit commit, TimeProvider time) : IWorkSource
{
    private readonly ITool _followUp = SourceTools.FollowUp(time);

    public abstract string Name { get; }

    public bool SpeaksByToolAlone => true;

    public async ValueTask<IReadOnlyList<ChatMessage>> PromptAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var mayEscalate = await escalations.AreLeftAsync(context.Profile, context.Now, cancellationToken);
        context.Findings[typeof(EscalationOffer)] = new EscalationOffer(mayEscalate);
        var text = await TextAsync(context, mayEscalate, cancellationToken);
        if (context.Finding<BeatFindings>() is { } findings)
        {
            // An attempt that goes on after a crash has no gates before it; it finds here what the prompt was about.
            var prompted = PromptRecord.Of(findings);
            await state.ApplyAsync([BeatState.Change(context.Work.Agent, BeatState.PromptArea, context.Work.Id, prompted)], cancellationToken);
        }
        return [new ChatMessage(ChatRole.User, text)];
    }

    public string? Model(WorkContext context) => context.Profile.Heartbeat.Model;

    public IReadOnlyList<ITool> Tools(WorkContext context) => Offers(context) ? [_followUp, SourceTools.Escalate] : [_followUp];

    public async ValueTask<Handover?> NextAsync(WorkContext context, TurnResult turn, int turns, CancellationToken cancellationToken)
    {
        if (turns > 1 || context.Profile.Heartbeat.Escalate is not { } model || turn.Intents.FirstOrDefault(intent => intent.Kind == IntentKinds.Escalate) is not { } asked)
            return null;
        if (!await escalations.AreLeftAsync(context.Profile, context.Now, cancellationToken))
            return null;
        context.Findings[typeof(EscalationOffer)] = new EscalationOffer(false);
        return escalations.HandOver(model, turn, SourceTools.ReadEscalate(asked).Reason);
    }

    public virtual TimeSpan? RetryAfter(WorkContext context, Models.ModelFailure failure) => null;

    public bool KeepsConversation(AgentWork work) => false;

    public SessionKey ContextSession(AgentWork work) => SessionKey.Main(work.Agent);

    public ValueTask<CommitAdditions> CommitAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken) => commit.AdditionsAsync(context, result, cancellationToken);

    public ValueTask FinishedAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken) => commit.FinishedAsync(context, result, cancellationToken);

    protected abstract Task<string> TextAsync(WorkContext context, bool mayEscalate, CancellationToken cancellationToken);

    // A resumed run had the tool in its earlier steps, so it has it still.
    private static bool Offers(WorkContext context) => context.Profile.Heartbeat.Escalate is not null && context.Finding<EscalationOffer>() is not { Open: false };
}

/// <param name="Open">Whether the model may hand over in the turn that comes.</param>
internal sealed record EscalationOffer(bool Open);

/// <summary>A beat of a slot, or run now.</summary>
internal sealed class HeartbeatSource(IStateStore state, Escalations escalations, BeatCommit commit, BeatPrompt prompt, TimeProvider time) : BeatSource(state, escalations, commit, time)
{
    public override string Name => WorkSources.Heartbeat;

    protected override Task<string> TextAsync(WorkContext context, bool mayEscalate, CancellationToken cancellationToken)
        => prompt.OfSlotAsync(context, context.Finding<BeatFindings>()!, mayEscalate, cancellationToken);
}

/// <summary>A beat with a reason of its own: events, or a follow-up whose time has come.</summary>
internal sealed class WakeSource(IStateStore state, Escalations escalations, BeatCommit commit, BeatPrompt prompt, IHeartbeatStore store, TimeProvider time)
    : BeatSource(state, escalations, commit, time)
{
    private const int Tries = 4;

    public override string Name => WorkSources.Wake;

    /// <summary>An event has no next slot that would look at it again.</summary>
    public override TimeSpan? RetryAfter(WorkContext context, Models.ModelFailure failure)
        => failure.IsTransient && context.Work.Attempt < Tries ? failure.RetryAfter ?? TimeSpan.FromMinutes(context.Work.Attempt) : null;

    protected override async Task<string> TextAsync(WorkContext context, bool mayEscalate, CancellationToken cancellationToken)
        => BeatWork.IsFollowUp(context.Work)
            ? await prompt.OfFollowUpAsync(context, mayEscalate, cancellationToken)
            : await prompt.OfEventsAsync(context, await store.EventsOfAsync(context.Work.Id, cancellationToken), mayEscalate, cancellationToken);
}
