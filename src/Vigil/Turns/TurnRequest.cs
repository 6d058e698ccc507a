using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>Everything that one turn needs. The model travels here and nowhere else: no code assigns an agent's model.</summary>
public sealed record TurnRequest
{
    public required RunContext Run { get; init; }

    public required ModelChoice Model { get; init; }

    /// <summary>The new messages: a person's words, or the prompt of a work.</summary>
    public required IReadOnlyList<ChatMessage> Input { get; init; }

    public ContextMode Context { get; init; } = ContextMode.Main;

    /// <summary>Whose conversation the turn reads; null means that of its own session. A beat runs in a session of its own and reads the agent's main conversation.</summary>
    public SessionKey? ContextSession { get; init; }

    /// <summary>Tools of the source: notify_user, follow_up, escalate.</summary>
    public IReadOnlyList<ITool> SourceTools { get; init; } = [];

    /// <summary>Narrows the agent's tools by name or glob; null means all of them, an empty list none.</summary>
    public IReadOnlyList<string>? OnlyTools { get; init; }

    /// <summary>Tools of the caller of the API: a call of one ends the turn and is the caller's to answer.</summary>
    public IReadOnlyList<AIFunctionDeclaration> CallerTools { get; init; } = [];

    /// <summary>Added to the agent's own instructions.</summary>
    public string? Instructions { get; init; }

    /// <summary>Temperature and friends, response format, tool choice.</summary>
    public ChatOptions? Options { get; init; }

    /// <summary>How long the turn may take; null means the profile's.</summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>Why a turn ended.</summary>
public enum TurnEnd
{
    /// <summary>The model has said its last word.</summary>
    Replied,

    /// <summary>The model called a tool of the caller's.</summary>
    CallerTools,

    /// <summary>A tool ended the turn.</summary>
    EndedByTool,

    StepLimit,
    Deadline,
    Cancelled,
    ModelFailed,
}

/// <summary>How a turn came out: its last words, everything that was said on the way, and what it cost.</summary>
public sealed record TurnResult
{
    public required TurnEnd End { get; init; }

    /// <summary>The final reply, without reasoning; may be empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>The whole turn: input, replies, tool results. In legal order whatever the end.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; } = [];

    public IReadOnlyList<ToolIntent> Intents { get; init; } = [];

    public ModelFailure? Failure { get; init; }

    /// <summary>How the model ended its last reply; null when there was none, or it came from a journal.</summary>
    public ChatFinishReason? Finish { get; init; }

    public required TurnUsage Usage { get; init; }

    /// <summary>The conversation did not fit, or nearly: it is time to summarise its older part.</summary>
    public bool WasContextFull { get; init; }
}

/// <summary>What a turn used, over all of its steps.</summary>
public sealed record TurnUsage
{
    public static TurnUsage None { get; } = new();

    public string? ModelAsked { get; init; }

    /// <summary>What the provider says it used in the last step.</summary>
    public string? ModelUsed { get; init; }

    /// <summary>request, source, agent or default.</summary>
    public string? DecidedBy { get; init; }

    public int ModelCalls { get; init; }

    public long InputTokens { get; init; }

    public long CachedInputTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>Null when a used model has no known price.</summary>
    public decimal? CostUsd { get; init; } = 0m;

    public TimeSpan? FirstToken { get; init; }

    public TimeSpan Duration { get; init; }

    public TurnUsage Plus(TurnUsage other) => other with
    {
        ModelAsked = ModelAsked ?? other.ModelAsked,
        ModelUsed = other.ModelUsed ?? ModelUsed,
        DecidedBy = DecidedBy ?? other.DecidedBy,
        ModelCalls = ModelCalls + other.ModelCalls,
        InputTokens = InputTokens + other.InputTokens,
        CachedInputTokens = CachedInputTokens + other.CachedInputTokens,
        OutputTokens = OutputTokens + other.OutputTokens,
        CostUsd = CostUsd + other.CostUsd,
        FirstToken = FirstToken ?? other.FirstToken,
        Duration = Duration + other.Duration,
    };
}
