using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>Which schedules a list shows.</summary>
public sealed record ScheduleFilter
{
    public IReadOnlyCollection<AgentId>? Agents { get; init; }

    public string? Name { get; init; }

    /// <summary>Also one-shots that are over.</summary>
    public bool IncludeEnded { get; init; }
}

/// <summary>A planned work of a schedule that has not ended.</summary>
/// <param name="WaitsForRetry">Its model failed and it waits to be tried again.</param>
public sealed record OpenSlot(string WorkId, bool Running, bool WaitsForRetry);

/// <summary>A schedule with slots that have come, as the sweep finds it.</summary>
/// <param name="Open">Its planned works that have not ended.</param>
public sealed record DueSchedule(Schedule Schedule, IReadOnlyList<OpenSlot> Open);

/// <summary>A planned work that has ended and was not yet counted.</summary>
public sealed record EndedSlot(string WorkId, Outcome Outcome, string? Reason, string? Error, DateTimeOffset FinishedAt);

/// <summary>What one look at one schedule writes, all of it in the sweep's transaction.</summary>
/// <param name="After">The schedule as it stands then.</param>
public sealed record SweepStep(Schedule After)
{
    public IReadOnlyList<AgentWork> Admit { get; init; } = [];

    /// <summary>Works that are recorded and do not run: skipped, each with its reason.</summary>
    public IReadOnlyList<(AgentWork Work, string Reason, NewEvent Event)> Skip { get; init; } = [];

    /// <summary>Waiting retries whose place a slot takes.</summary>
    public IReadOnlyList<string> Supersede { get; init; } = [];

    public IReadOnlyList<Notification> Notices { get; init; } = [];

    public IReadOnlyList<NewEvent> Events { get; init; } = [];
}

/// <summary>Decides what a sweep does with what it finds. Pure: the store may ask again when a transaction has to be repeated.</summary>
public interface ISweepPlan
{
    SweepStep Settle(Schedule schedule, EndedSlot ended, DateTimeOffset now);

    SweepStep Due(DueSchedule due, DateTimeOffset now);
}

/// <param name="More">The limit was reached; there may be more to do.</param>
public sealed record SweepResult(int Admitted, int Skipped, int Notices, bool More)
{
    public static SweepResult Nothing { get; } = new(0, 0, 0, false);
}

/// <summary>Schedules and their slots, durable.</summary>
public interface IScheduleStore
{
    /// <summary>False when the agent has a schedule of that name.</summary>
    Task<bool> AddAsync(Schedule schedule, NewEvent added, CancellationToken cancellationToken);

    Task<Schedule?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>In the order in which they were made. <paramref name="after"/> is the cursor that the last page returned.</summary>
    Task<Page<Schedule>> ListAsync(ScheduleFilter filter, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads, changes and writes one schedule in one transaction. A change to a name that the agent has already is <see cref="ScheduleChange.NameTaken"/>.</summary>
    /// <param name="change">Pure; null leaves the schedule as it is.</param>
    Task<(ScheduleChange Result, Schedule? Schedule)> ChangeAsync(string id, Func<Schedule, Schedule?> change, Func<Schedule, NewEvent> changed, CancellationToken cancellationToken);

    /// <summary>Removes it; its works stay. False when there is none.</summary>
    Task<bool> RemoveAsync(string id, NewEvent removed, CancellationToken cancellationToken);

    /// <summary>
    /// One transaction: planned works that have ended are counted, due schedules become works and get their next slot. Exactly once over nodes, for the rows it
    /// takes are locked and the dedupe key of a work is its slot.
    /// </summary>
    Task<SweepResult> SweepAsync(DateTimeOffset now, int limit, ISweepPlan plan, CancellationToken cancellationToken);

    /// <summary>Deletes finished works of schedules beyond the newest of each, in small batches.</summary>
    Task<int> PruneHistoryAsync(int keep, CancellationToken cancellationToken);
}

/// <summary>What became of a change to a schedule.</summary>
public enum ScheduleChange
{
    NotFound,
    NameTaken,
    Unchanged,
    Changed,
}
