using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Models;
using Vigil.Settings;
using Vigil.State;
using Vigil.Tools;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>What asks for work. A new source is one class and its registration; a source without needs of its own takes the defaults.</summary>
public interface IWorkSource
{
    /// <summary>The word that stands in <see cref="AgentWork.Source"/>.</summary>
    string Name { get; }

    /// <summary>heartbeat and wake: words reach the person through <c>notify_user</c> alone, whatever the policy says.</summary>
    bool SpeaksByToolAlone => false;

    /// <summary>The messages that the turn begins with. Called after all input gates passed.</summary>
    ValueTask<IReadOnlyList<ChatMessage>> PromptAsync(WorkContext context, CancellationToken cancellationToken)
        => ValueTask.FromResult<IReadOnlyList<ChatMessage>>([new ChatMessage(ChatRole.User, context.Work.Prompt)]);

    /// <summary>The model that this source's settings name, if the work names none: <c>gateway.heartbeat.model</c>.</summary>
    string? Model(WorkContext context) => null;

    /// <summary>Tools that only this source offers.</summary>
    IReadOnlyList<ITool> Tools(WorkContext context) => [];

    /// <summary>After a turn: hand over to another turn of the same work (escalation), or null.</summary>
    ValueTask<Handover?> NextAsync(WorkContext context, TurnResult turn, int turns, CancellationToken cancellationToken) => ValueTask.FromResult<Handover?>(null);

    /// <summary>After a transient failure of the model: when to try the same work again, or null to end it failed.</summary>
    TimeSpan? RetryAfter(WorkContext context, ModelFailure failure) => null;

    /// <summary>Whose conversation a turn in the contexts main and light reads.</summary>
    SessionKey ContextSession(AgentWork work) => work.Session;

    /// <summary>Whether the turn becomes part of its session's conversation. Beats never do.</summary>
    bool KeepsConversation(AgentWork work) => work.Context == ContextMode.Main;

    /// <summary>What is written in the same transaction as the outcome: marks of checks, follow-ups, next slots.</summary>
    ValueTask<CommitAdditions> CommitAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken) => ValueTask.FromResult(CommitAdditions.None);

    /// <summary>After the commit. Must not throw for what the world may do; if it does, it is logged and the outcome stands.</summary>
    ValueTask FinishedAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <param name="Input">Messages of the next turn.</param>
public sealed record Handover(string Model, IReadOnlyList<ChatMessage> Input);

/// <summary>How a run came out, before it is written.</summary>
public sealed record WorkResult(Outcome Outcome, string? Reason, TurnResult? Turn);

/// <summary>What a source has written in the commit of an outcome: with it or not at all.</summary>
public sealed record CommitAdditions(IReadOnlyList<StateChange> State, IReadOnlyList<NewWork> Work, IReadOnlyList<NewEvent> Events)
{
    public static CommitAdditions None { get; } = new([], [], []);
}

/// <summary>A work about to be admitted.</summary>
public sealed record NewWork(AgentWork Work)
{
    /// <summary>Moves the work ahead of (negative) or behind others that are due at the same time; wakes before beats.</summary>
    public TimeSpan Precedence { get; init; }
}
