using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Sessions;
using Vigil.Work;

namespace Vigil.Turns;

/// <summary>One attempt, as it begins: written before the first model call.</summary>
public sealed record RunStart
{
    public required string Id { get; init; }

    /// <summary>The first run of the chain: attempts that resume share its journal, a manual retry begins a new one.</summary>
    public required string Journal { get; init; }

    public required AgentId Agent { get; init; }

    public required SessionKey Session { get; init; }

    public required string Source { get; init; }

    public string? WorkId { get; init; }

    public int Attempt { get; init; } = 1;

    public required string Node { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required string ModelAsked { get; init; }

    public required string DecidedBy { get; init; }

    /// <summary>Who chose the agent of a chat turn, in a few words; null for works, whose source did.</summary>
    public string? AgentDecidedBy { get; init; }

    public required string ProfileHash { get; init; }

    /// <summary>The profile as JSON; kept once for each hash.</summary>
    public required string ProfileJson { get; init; }

    public required IReadOnlyList<ChatMessage> Input { get; init; }

    /// <summary>For a person's turn: the conversation begins anew with this run, in the same commit, when it is older than this says. Null: it goes on in any case.</summary>
    public FreshStart? Fresh { get; init; }
}

/// <summary>A run that an earlier process left behind, or that a new attempt continues.</summary>
/// <param name="State">running, deferred (sent back by a gate or a person), released (its node stopped), lost (its node died), or how it ended.</param>
public sealed record RunRecord(RunStart Start, string State, DateTimeOffset? FinishedAt, IReadOnlyList<TurnStep> Steps)
{
    /// <summary>The next attempt goes on from its journal.</summary>
    public bool IsOpen => State is "running" or "deferred" or "released" or "lost";
}

/// <summary>How the run of a chat turn ended. With it the run leaves the session that it held.</summary>
public sealed record ChatEnd(string RunId, string State, TurnUsage Usage, SessionKey Session)
{
    /// <summary>The last reply, when nothing came after it that would have had to wait for its commit.</summary>
    public TurnStep? LastStep { get; init; }

    /// <summary>The whole turn's messages, for the session.</summary>
    public IReadOnlyList<NewSessionMessage> Messages { get; init; } = [];

    public IReadOnlyList<NewEvent> Events { get; init; } = [];
}

/// <summary>Runs and their journals.</summary>
public interface IRunStore
{
    /// <summary>Begins a run. With a claim: only while the claim holds; false when another attempt owns the work.</summary>
    Task<bool> BeginAsync(RunStart start, WorkClaim? claim, CancellationToken cancellationToken);

    /// <summary>Appends a step and its ledger line in one commit. With a claim: only while it holds.</summary>
    Task<bool> AppendAsync(string runId, string journal, TurnStep step, WorkClaim? claim, CancellationToken cancellationToken);

    /// <summary>Ends the run of a chat turn, all in one transaction.</summary>
    Task FinishAsync(ChatEnd end, CancellationToken cancellationToken);

    /// <summary>The latest run of a work with the steps of its journal, or null.</summary>
    Task<RunRecord?> LatestAsync(string workId, CancellationToken cancellationToken);

    /// <summary>All attempts of a work, oldest first, each with its steps.</summary>
    Task<IReadOnlyList<RunRecord>> OfWorkAsync(string workId, CancellationToken cancellationToken);

    Task<RunRecord?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>The person's turn that runs in a session now, on whatever node; null when there is none.</summary>
    Task<RunStart?> OpenChatAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>Chat runs still marked as running whose node is not among the living.</summary>
    Task<IReadOnlyList<RunRecord>> AbandonedAsync(IReadOnlyCollection<string> livingNodes, CancellationToken cancellationToken);

    Task<string?> ProfileAsync(string hash, CancellationToken cancellationToken);
}
