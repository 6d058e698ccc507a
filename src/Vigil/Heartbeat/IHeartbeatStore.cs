using Vigil.Agents;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>Beats, their slots, and wakes, as rows. Slots become works by set-based SQL, exactly once over all nodes.</summary>
public interface IHeartbeatStore
{
    /// <summary>
    /// Writes how the agents beat. A beat that did not change keeps its next slot, also one that is overdue; one that changed or was switched on follows its new grid,
    /// and no slot that became a work comes again.
    /// </summary>
    Task SyncAsync(IReadOnlyList<BeatPlan> plans, IReadOnlyCollection<AgentId> gone, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Each due beat becomes one work for its latest slot (skipped with <c>overlap</c> while an earlier one is unfinished), the slots before it one event with their
    /// number (<c>missed</c>), and the beat moves on along its grid: one transaction for at most <paramref name="limit"/> beats.
    /// </summary>
    Task<BeatSweep> SweepAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    Task<Beat?> GetAsync(AgentId agent, CancellationToken cancellationToken);

    Task<Page<Beat>> ListAsync(IReadOnlyCollection<AgentId>? agents, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>The agent's latest work of the heartbeat, from a slot or run now.</summary>
    Task<AgentWork?> LatestAsync(AgentId agent, CancellationToken cancellationToken);

    /// <summary>What gates ask about an agent, in one look.</summary>
    /// <param name="personSince">How far back a person's words matter.</param>
    Task<BeatStanding> StandingAsync(AgentId agent, DateTimeOffset personSince, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps an event and leads it to a wake of the agent: one that waits already, or a new one after the coalescing time. Above the agent's limit in an hour the wake is put
    /// off to the end of that hour, and the first time an event says so.
    /// </summary>
    Task<WakeAdmission> WakeAsync(NewWake wake, CancellationToken cancellationToken);

    /// <summary>The events of a wake in the order in which they arrived.</summary>
    Task<IReadOnlyList<WakeEvent>> EventsOfAsync(string workId, CancellationToken cancellationToken);

    /// <summary>Follow-ups that have not come up yet, the next ones first.</summary>
    Task<IReadOnlyList<AgentWork>> FollowUpsAsync(AgentId agent, int limit, CancellationToken cancellationToken);

    /// <summary>How many wakes of an agent came to their turn since an instant.</summary>
    Task<int> WakesSinceAsync(AgentId agent, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Wakes that wait for one of these reasons are due now.</summary>
    /// <param name="agent">Null means all.</param>
    Task<int> HurryAsync(AgentId? agent, IReadOnlyCollection<string> reasons, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Beats from one instant to another that ended before a model was asked, for each agent that has such.</summary>
    Task<IReadOnlyList<SkippedBeats>> SkippedAsync(DateTimeOffset from, DateTimeOffset to, IReadOnlyCollection<AgentId>? agents, CancellationToken cancellationToken);

    /// <summary>Forgets events of wakes from before an instant whose work is no longer waiting or running.</summary>
    Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>How an agent beats, from its profile.</summary>
/// <param name="NextAt">The first slot of its grid after now.</param>
/// <param name="Tools">What beats are offered; null means all that the agent has.</param>
public sealed record BeatPlan(
    AgentId Agent, bool Enabled, TimeSpan Every, TimeSpan Phase, DateTimeOffset NextAt, ContextMode Context, string Deliver, IReadOnlyList<string>? Tools);

/// <summary>An agent's row of slots as it stands.</summary>
public sealed record Beat(AgentId Agent, bool Enabled, TimeSpan Every, DateTimeOffset NextAt, DateTimeOffset? LastSlot);

/// <param name="Beats">Beats that were due.</param>
/// <param name="Works">Works that wait to be run.</param>
public sealed record BeatSweep(int Beats, int Works, int Overlaps, long Missed);

/// <param name="Pause">The JSON of the pause, if there is one.</param>
/// <param name="PersonAt">When a person last wrote to the agent, in any conversation.</param>
/// <param name="PersonTurns">Turns of persons that run or wait now.</param>
public sealed record BeatStanding(string? Pause, DateTimeOffset? PersonAt, long PersonTurns);

/// <summary>Something that an agent shall look at soon.</summary>
/// <param name="Work">The work to admit when no waiting wake takes the event.</param>
/// <param name="Source">Who reports: hook, run, probe, command.</param>
/// <param name="Key">The caller's idempotency key; the same key of the same source leads to the same work, and with other words to nothing.</param>
public sealed record NewWake(AgentWork Work, string Text, string Source, bool Urgent, string? Key, TimeSpan Coalesce, int PerHour);

/// <param name="Joined">A wake that was waiting already took the event.</param>
/// <param name="PutOff">The agent's limit of wakes in an hour was passed.</param>
/// <param name="Replayed">The key was known: nothing was written.</param>
public sealed record WakeAdmission(AgentWork Work, bool Joined, bool PutOff, bool Replayed)
{
    /// <summary>The key was used for another event: this one is not kept.</summary>
    public bool Conflict { get; init; }
}

/// <summary>One event that a wake carries to its beat.</summary>
public sealed record WakeEvent(DateTimeOffset At, string Source, string Text, bool Urgent);

/// <summary>How many beats of an agent ended before a model was asked.</summary>
public sealed record SkippedBeats(AgentId Agent, long Beats);
