using Microsoft.Extensions.AI;
using Vigil.Ledger;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>One line of a run's journal: a model reply or one tool's result. Committed before the next step starts.</summary>
public sealed record TurnStep
{
    /// <summary>From 1, without gaps, over all attempts that share the journal.</summary>
    public required int Number { get; init; }

    public required StepKind Kind { get; init; }

    public required DateTimeOffset At { get; init; }

    public required ChatMessage Message { get; init; }

    /// <summary>Tool results only: which call this answers.</summary>
    public string? CallId { get; init; }

    public ToolIntent? Intent { get; init; }

    public bool EndsTurn { get; init; }

    /// <summary>Model replies only.</summary>
    public TurnUsage? Usage { get; init; }

    /// <summary>Model replies only; written in the same commit.</summary>
    public LedgerEntry? Ledger { get; init; }
}

/// <summary>What a step of a turn was.</summary>
public enum StepKind
{
    Reply,
    ToolResult,
}

/// <summary>Where a turn writes its steps. Bound to one attempt: once the attempt lost its work, an append throws <see cref="ClaimLostException"/>.</summary>
public interface ITurnJournal
{
    /// <summary>What earlier attempts of the same run had finished, in order.</summary>
    IReadOnlyList<TurnStep> Finished { get; }

    /// <param name="isLast">Nothing of this turn comes after it.</param>
    Task AppendAsync(TurnStep step, bool isLast, CancellationToken cancellationToken);
}

/// <summary>Another attempt owns the work now; whatever this one still does must not be written.</summary>
public sealed class ClaimLostException(string workId) : Exception($"Another attempt owns {workId}.");

/// <summary>Sees a turn as it happens. Never slows it down, never fails it.</summary>
public interface ITurnObserver
{
    /// <summary>The conversation was an old one and begins anew with this turn. Comes before anything else.</summary>
    ValueTask BegunAnewAsync(string why) => ValueTask.CompletedTask;

    ValueTask TextAsync(string text) => ValueTask.CompletedTask;

    ValueTask ReasoningAsync(string text) => ValueTask.CompletedTask;

    ValueTask ToolStartedAsync(string name, string summary) => ValueTask.CompletedTask;

    ValueTask ToolEndedAsync(string name, bool failed, TimeSpan duration) => ValueTask.CompletedTask;
}
