using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>What people and agents do with schedules. Each answer is a schedule, or every fault that there is.</summary>
public sealed class Schedules
{
    /// <summary>Who changed a schedule, unless an agent did: the event's source.</summary>
    private const string Gateway = "gateway";

    private const int MostListed = 500;

    private readonly IScheduleStore _store;
    private readonly ScheduleRequests _requests;
    private readonly WorkIntake _intake;
    private readonly IAgentRegistry _agents;
    private readonly TimeProvider _time;

    internal Schedules(IScheduleStore store, ScheduleRequests requests, WorkIntake intake, IAgentRegistry agents, TimeProvider time)
    {
        _store = store;
        _requests = requests;
        _intake = intake;
        _agents = agents;
        _time = time;
    }

    internal Instant Now => Instant.FromDateTimeOffset(_time.GetUtcNow());

    /// <summary>All that the agent has and that is not over, in the order in which they were made.</summary>
    internal async Task<IReadOnlyList<Schedule>> OfAsync(AgentId agent, CancellationToken cancellationToken)
        => (await _store.ListAsync(new ScheduleFilter { Agents = [agent] }, null, MostListed, cancellationToken)).Items;

    public Task<ScheduleAnswer> AddAsync(ScheduleRequest request, CancellationToken cancellationToken) => AddAsync(request, Gateway, cancellationToken);

    /// <param name="by">Who asked: the source of the event.</param>
    internal async Task<ScheduleAnswer> AddAsync(ScheduleRequest request, string by, CancellationToken cancellationToken)
    {
        var (schedule, faults) = await _requests.MakeAsync(request, null, cancellationToken);
        var agent = request.Agent is null ? null : AgentId.TryParse(request.Agent, null, out var named) ? (AgentId?)named : null;
        // Also when something else is wrong: all that is wrong is told together.
        if (schedule is null)
            return new ScheduleAnswer(null, await NameTakenAsync(agent, request.Name?.Trim(), cancellationToken) is { } taken ? [.. faults, taken] : faults);
        return await _store.AddAsync(schedule, Event(ScheduleEvents.Added, schedule, by), cancellationToken)
            ? new ScheduleAnswer(schedule, [])
            : new ScheduleAnswer(null, [NameTaken(schedule.Agent, schedule.Name)]);
    }

    /// <summary>Replaces what people write; the slots stay unless <see cref="ScheduleRequest.Schedule"/> says a new time. An invalid edit leaves the old schedule going.</summary>
    public async Task<ScheduleAnswer> EditAsync(Schedule before, ScheduleRequest request, CancellationToken cancellationToken)
    {
        var (edited, faults) = await _requests.MakeAsync(request, before, cancellationToken);
        if (edited is null)
            return new ScheduleAnswer(null, faults);
        var (result, now) = await _store.ChangeAsync(before.Id, current => Merge(current, edited, newTime: request.Schedule is not null), after => Event(ScheduleEvents.Changed, after), cancellationToken);
        return result switch
        {
            ScheduleChange.NotFound => new ScheduleAnswer(null, [NotFound(before.Id)]),
            ScheduleChange.NameTaken => new ScheduleAnswer(null, [NameTaken(before.Agent, edited.Name)]),
            _ => new ScheduleAnswer(now, []),
        };
    }

    /// <summary>Goes on from now: nothing that lies behind is caught up, and the count of failures begins anew.</summary>
    public Task<ScheduleAnswer> EnableAsync(string id, CancellationToken cancellationToken) => EnableAsync(id, Gateway, cancellationToken);

    internal async Task<ScheduleAnswer> EnableAsync(string id, string by, CancellationToken cancellationToken)
    {
        Fault? refused = null;
        var (result, schedule) = await _store.ChangeAsync(id, current =>
        {
            refused = null;
            if (current.Enabled)
                return null;
            (var when, refused) = current.ReadTime();
            if (when is null)
                return null;
            if (NextAfterNow(current, when) is { } next)
                return current with { Enabled = true, DisabledReason = null, Failures = 0, NextAt = next, EndedAt = null, UpdatedAt = _time.GetUtcNow() };
            refused = new Fault("schedule_over", $"The time of '{current.Name}' has passed.", "Give it a new time with 'vigil cron edit'.", "schedule") { Kind = FaultKind.Conflict };
            return null;
        }, after => Event(ScheduleEvents.Enabled, after, by), cancellationToken);
        return result == ScheduleChange.NotFound ? new ScheduleAnswer(null, [NotFound(id)])
            : refused is not null ? new ScheduleAnswer(null, [refused])
            : new ScheduleAnswer(schedule, []);
    }

    /// <summary>No slot comes any more until it is enabled again. A run that goes on ends as usual.</summary>
    public Task<ScheduleAnswer> DisableAsync(string id, CancellationToken cancellationToken) => DisableAsync(id, Gateway, cancellationToken);

    internal async Task<ScheduleAnswer> DisableAsync(string id, string by, CancellationToken cancellationToken)
    {
        var (result, schedule) = await _store.ChangeAsync(id,
            current => current.Enabled ? current with { Enabled = false, DisabledReason = null, NextAt = null, QueuedSlot = null, UpdatedAt = _time.GetUtcNow() } : null,
            after => Event(ScheduleEvents.Disabled, after, by), cancellationToken);
        return result == ScheduleChange.NotFound ? new ScheduleAnswer(null, [NotFound(id)]) : new ScheduleAnswer(schedule, []);
    }

    /// <summary>Its works stay readable, and one that runs ends as usual. False when there was none.</summary>
    public Task<bool> RemoveAsync(Schedule schedule, CancellationToken cancellationToken) => RemoveAsync(schedule, Gateway, cancellationToken);

    internal Task<bool> RemoveAsync(Schedule schedule, string by, CancellationToken cancellationToken)
        => _store.RemoveAsync(schedule.Id, Event(ScheduleEvents.Removed, schedule, by), cancellationToken);

    /// <summary>One extra work, now: the plan and the count of failures do not notice.</summary>
    /// <param name="force">Also when it is disabled; it stays so.</param>
    public async Task<(Admission? Admission, Fault? Fault)> RunAsync(Schedule schedule, bool force, string? dedupeKey, CancellationToken cancellationToken)
    {
        if (!schedule.Enabled && !force)
            return (null, new Fault("schedule_disabled", $"'{schedule.Name}' is disabled.", "Say --force (\"force\": true), or enable it first.", "force") { Kind = FaultKind.Conflict });
        var work = SlotWork.Manual(schedule, _time.GetUtcNow(), _time);
        return (await _intake.AdmitAsync(new NewWork(work with { DedupeKey = dedupeKey is null ? null : $"run:{dedupeKey}" }), cancellationToken), null);
    }

    /// <summary>The slots of a time that is not stored.</summary>
    public (ScheduleTime? Time, IReadOnlyList<Fault> Faults) Read(ScheduleSpec spec, AgentId? agent, DateTimeOffset? from = null)
    {
        var now = Instant.FromDateTimeOffset(from ?? _time.GetUtcNow());
        var reading = spec.Read(now, DefaultZone(agent ?? AgentId.Main));
        return (reading.Time, reading.Faults);
    }

    /// <summary>The next slots as people read them, in the schedule's zone or, for an interval, the agent's.</summary>
    public IReadOnlyList<SlotPreview> Preview(ScheduleTime when, AgentId? agent, DateTimeOffset from, int count)
        => when.Preview(Instant.FromDateTimeOffset(from), count, DefaultZone(agent ?? AgentId.Main));

    public static Fault NotFound(string id) => new("schedule_not_found", $"There is no schedule '{id}'.", "'vigil cron list --all' shows those that there are.", "id") { Kind = FaultKind.NotFound };

    private Schedule Merge(Schedule current, Schedule edited, bool newTime)
    {
        var merged = edited with
        {
            Enabled = current.Enabled,
            DisabledReason = current.DisabledReason,
            Failures = current.Failures,
            LastError = current.LastError,
            LastOutcome = current.LastOutcome,
            ToldCause = current.ToldCause,
            LastSlot = current.LastSlot,
            CreatedAt = current.CreatedAt,
        };
        if (!newTime)
            return merged with { When = current.When, NextAt = current.NextAt, QueuedSlot = current.QueuedSlot, EndedAt = current.EndedAt };
        return merged with { NextAt = current.Enabled ? edited.IsOneShot ? edited.NextAt : NextAfterNow(current, edited.Time) : null };
    }

    // A clock that was set back must not bring a slot round again.
    private DateTimeOffset? NextAfterNow(Schedule schedule, ScheduleTime when)
    {
        var now = _time.GetUtcNow();
        var after = schedule.LastSlot is { } last && last > now ? last : now;
        return when.Next(Instant.FromDateTimeOffset(after))?.At.ToDateTimeOffset();
    }

    private DateTimeZone DefaultZone(AgentId agent) => _requests.DefaultZone(_agents.Find(agent).Profile);

    private async Task<Fault?> NameTakenAsync(AgentId? agent, string? name, CancellationToken cancellationToken)
        => agent is { } known && !string.IsNullOrEmpty(name)
           && (await _store.ListAsync(new ScheduleFilter { Agents = [known], Name = name, IncludeEnded = true }, null, 1, cancellationToken)).Items.Count > 0
            ? NameTaken(known, name)
            : null;

    private static Fault NameTaken(AgentId agent, string name)
        => new("name_taken", $"Agent {agent} has a schedule named '{name}'.", "Take another name, or edit or remove that one.", "name") { Kind = FaultKind.Conflict };

    private NewEvent Event(string type, Schedule schedule, string by = Gateway)
        => new(_time.GetUtcNow(), type, by, schedule.Agent.Value, null, NewEvent.Json(new { schedule = schedule.Id, name = schedule.Name, nextAt = schedule.NextAt }));
}

/// <summary>Exactly one of the two is there.</summary>
public sealed record ScheduleAnswer(Schedule? Schedule, IReadOnlyList<Fault> Faults);
