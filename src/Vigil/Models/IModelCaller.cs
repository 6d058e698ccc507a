using Microsoft.Extensions.AI;
using Vigil.Agents;

namespace Vigil.Models;

/// <summary>One step: what is asked of which model on whose behalf.</summary>
public sealed record ModelCall(RunContext Run, ModelChoice Choice, IReadOnlyList<ChatMessage> Messages, ChatOptions Options);

/// <summary>A whole model reply, however it came in.</summary>
public sealed record ModelReply
{
    /// <summary>Text, reasoning and tool calls. A call whose arguments were no JSON carries its <see cref="FunctionCallContent.Exception"/>.</summary>
    public required ChatMessage Message { get; init; }

    public ChatFinishReason? Finish { get; init; }

    /// <summary>provider/model as the provider names it in its answer.</summary>
    public required string ModelUsed { get; init; }

    public long InputTokens { get; init; }

    public long CachedInputTokens { get; init; }

    public long OutputTokens { get; init; }

    public TimeSpan? FirstToken { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>Tries that failed before this one came through, fallbacks included.</summary>
    public IReadOnlyList<ModelFailure> Failures { get; init; } = [];

    /// <summary>What is held of budgets until this reply is in the ledger; null when no budget holds.</summary>
    public string? Hold { get; init; }
}

/// <summary>Calls models, with retry and the fallbacks of the choice. Nothing it does outlives the call: no session, agent or later call changes.</summary>
public interface IModelCaller
{
    /// <param name="onUpdate">Sees each update as it streams in.</param>
    /// <exception cref="ModelFailureException">All tries failed; the failure is that of the model asked for.</exception>
    Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken);
}
