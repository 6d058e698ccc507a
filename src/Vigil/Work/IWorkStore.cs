using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.State;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>Proof of a claim: every write of a run carries it and fails when another attempt owns the work.</summary>
public sealed record WorkClaim(string WorkId, int Attempt, string Node);

/// <summary>The work, which may be the one that its dedupe key had led to before.</summary>
public sealed record Admission(AgentWork Work, bool Created)
{
    /// <summary>The same key was used for something else; <see cref="Work"/> is that first work and nothing was written.</summary>
    public bool Conflict { get; init; }
}

/// <summary>Everything that ends an attempt, in one transaction.</summary>
public sealed record WorkCommit
{
    public required Outcome Outcome { get; init; }

    public string? Reason { get; init; }

    public string? Reply { get; init; }

    public string? Error { get; init; }

    public required DateTimeOffset At { get; init; }

    public TurnUsage Usage { get; init; } = TurnUsage.None;

    public IReadOnlyList<GateVerdict> Gates { get; init; } = [];

    /// <summary>The run to close, if one was begun.</summary>
    public string? RunId { get; init; }

    public IReadOnlyList<Notification> Notifications { get; init; } = [];

    /// <summary>Dedup keys to reserve; if one is taken meanwhile nothing is written and the commit answers <see cref="CommitResult.SaidMeanwhile"/>.</summary>
    public IReadOnlyList<SaidReservation> Reservations { get; init; } = [];

    public IReadOnlyList<(Vigil.Agents.SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)> Messages { get; init; } = [];

    public IReadOnlyList<StateChange> State { get; init; } = [];

    public IReadOnlyList<NewWork> Admit { get; init; } = [];

    public IReadOnlyList<NewEvent> Events { get; init; } = [];
}

/// <summary>What became of a commit.</summary>
public enum CommitResult
{
    Written,

    /// <summary>Another attempt owns the work, or it was finished: nothing was written.</summary>
    NotMine,

    /// <summary>A reservation is held by another notification: look again and commit again.</summary>
    SaidMeanwhile,
}

/// <summary>Which works to list; what is null does not matter.</summary>
public sealed record WorkFilter
{
    public IReadOnlyCollection<AgentId>? Agents { get; init; }

    public IReadOnlyCollection<string>? Sources { get; init; }

    public IReadOnlyCollection<WorkState>? States { get; init; }

    public IReadOnlyCollection<Outcome>? Outcomes { get; init; }

    public string? Reason { get; init; }

    public string? Origin { get; init; }

    public string? Session { get; init; }

    public string? ParentId { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}

/// <summary>A work that its node did not bring to an end.</summary>
/// <param name="Work">As it is now: waiting again, or finished.</param>
/// <param name="Node">Who held it.</param>
public sealed record LostWork(AgentWork Work, string? Node);

/// <summary>What a node must know about its running works, in one look.</summary>
/// <param name="Lost">Claims that another attempt owns now.</param>
/// <param name="Cancel">Works that somebody asked to cancel.</param>
/// <param name="StepBack">Works whose session a person holds or waits for.</param>
public sealed record ClaimWatch(IReadOnlyList<string> Lost, IReadOnlyList<string> Cancel, IReadOnlyList<string> StepBack);

/// <summary>Works and their legal edges (docs/states.md): one named method an edge, conditional on the attempt that owns the row.</summary>
public interface IWorkStore
{
    /// <summary>Writes the row and <c>work.requested</c>; under a used dedupe key returns the first work. Keys are scoped by <see cref="AgentWork.Source"/> and <see cref="AgentWork.Origin"/>.</summary>
    Task<Admission> AdmitAsync(NewWork work, CancellationToken cancellationToken);

    Task<IReadOnlyList<Admission>> AdmitManyAsync(IReadOnlyList<NewWork> works, CancellationToken cancellationToken);

    /// <summary>waiting → running for at most <paramref name="slots"/> due works, fair between agents, one a session, none in a session that a person holds or waits for.
    /// Leases run on the database's clock when it is a server, else on <paramref name="now"/>.</summary>
    Task<IReadOnlyList<AgentWork>> ClaimAsync(string node, int slots, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>The instant at which the next waiting work becomes due, if any.</summary>
    Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken);

    /// <summary>Prolongs the leases of this node's claims and tells what happened to them meanwhile.</summary>
    Task<ClaimWatch> RenewAsync(string node, IReadOnlyList<WorkClaim> claims, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>running → waiting at a later instant, by a gate or because a person goes first. The attempt is given back; the journal stays.</summary>
    Task<bool> DeferAsync(WorkClaim claim, DateTimeOffset until, string reason, IReadOnlyList<GateVerdict> gates, NewEvent deferred, CancellationToken cancellationToken);

    /// <summary>running → waiting because this node stops. The attempt is given back.</summary>
    Task<bool> ReleaseAsync(WorkClaim claim, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>running → finished, with everything that goes with it.</summary>
    Task<CommitResult> CommitAsync(WorkClaim claim, WorkCommit commit, CancellationToken cancellationToken);

    /// <summary>Writes the finished rows of works that gates skipped, many in one transaction. Returns the ids that were still mine.</summary>
    Task<IReadOnlyList<string>> CommitSkippedAsync(IReadOnlyList<(WorkClaim Claim, WorkCommit Commit)> skipped, CancellationToken cancellationToken);

    /// <summary>running → waiting for claims whose lease has passed or whose node is gone; those at the attempt limit → finished (failed, attempts).</summary>
    Task<IReadOnlyList<LostWork>> TakeOverAsync(string? deadNode, DateTimeOffset now, int attempts, CancellationToken cancellationToken);

    /// <summary>waiting → finished (cancelled), or marks a running one; descendants alike. Null when there is no such work; Created=false when it was finished already.</summary>
    Task<CancelResult> CancelAsync(string id, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>finished (failed, cancelled) → waiting under the same id with a fresh journal.</summary>
    Task<RetryResult> RetryAsync(string id, DateTimeOffset now, CancellationToken cancellationToken);

    Task<AgentWork?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    Task<Page<AgentWork>> ListAsync(WorkFilter filter, string? after, int limit, CancellationToken cancellationToken);

    Task<WorkCounts> CountsAsync(CancellationToken cancellationToken);

    /// <summary>Deletes works that finished before the instant, with runs, steps and gates, in small batches.</summary>
    Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>The queue at this moment.</summary>
public sealed record WorkCounts(long Waiting, long Due, long Running);

/// <summary>What became of a wish to cancel.</summary>
public enum CancelResult
{
    NotFound,
    AlreadyFinished,
    Cancelled,

    /// <summary>It runs; its node will end it within about a second.</summary>
    Requested,
}

/// <summary>What became of a wish to retry.</summary>
public enum RetryResult
{
    NotFound,

    /// <summary>Only failed and cancelled works can be retried.</summary>
    NotRetryable,
    Waiting,
}
