using Vigil.Cron;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Routing;
using Vigil.Work;

namespace Vigil.Agents;

/// <summary>What points at an agent and would point nowhere without it.</summary>
/// <param name="Works">Works that have not ended.</param>
public sealed record AgentTies(IReadOnlyList<RouteEntry> Routes, IReadOnlyList<Schedule> Schedules, IReadOnlyList<AgentWork> Works)
{
    public bool IsFree => Routes.Count + Schedules.Count + Works.Count == 0;
}

/// <summary>An agent that was taken away, and what went with it.</summary>
/// <param name="MovedTo">Where its files and secrets lie now.</param>
/// <param name="Works">Works that had not ended and were cancelled.</param>
public sealed record AgentTakenAway(string MovedTo, int Routes, int Schedules, int Works);

/// <summary>Agents come and go together with what hangs on them; each change is an event.</summary>
public sealed class AgentRoster
{
    private const int Most = 500;
    private const string Gateway = "gateway";

    private static readonly TimeSpan s_endWithin = TimeSpan.FromSeconds(10);

    private readonly IAgentRegistry _agents;
    private readonly Routes _routes;
    private readonly IScheduleStore _store;
    private readonly Schedules _schedules;
    private readonly IWorkStore _works;
    private readonly WorkControl _control;
    private readonly IEventLog _events;
    private readonly TimeProvider _time;

    internal AgentRoster(IAgentRegistry agents, Routes routes, IScheduleStore store, Schedules schedules, IWorkStore works, WorkControl control, IEventLog events, TimeProvider time)
    {
        _agents = agents;
        _routes = routes;
        _store = store;
        _schedules = schedules;
        _works = works;
        _control = control;
        _events = events;
        _time = time;
    }

    /// <param name="soul">The text of its SOUL.md; null takes the starter's.</param>
    public async Task<Fault?> AddAsync(AgentId agent, string? soul, CancellationToken cancellationToken)
    {
        if (_agents.Add(agent, soul) is { } fault)
            return fault;
        await NoteAsync(EventTypes.AgentAdded, agent, new { }, cancellationToken);
        return null;
    }

    public async Task<Fault?> CloneAsync(AgentId source, AgentId target, bool memory, CancellationToken cancellationToken)
    {
        if (_agents.Clone(source, target, memory) is { } fault)
            return fault;
        await NoteAsync(EventTypes.AgentAdded, target, new { source = source.Value, memory }, cancellationToken);
        return null;
    }

    public async Task<AgentTies> TiesAsync(AgentId agent, CancellationToken cancellationToken) => new(
        [.. _routes.Current.Entries.Where(entry => entry.Route.Agent == agent)],
        (await _store.ListAsync(new ScheduleFilter { Agents = [agent] }, null, Most, cancellationToken)).Items,
        (await _works.ListAsync(Unfinished(agent), null, Most, cancellationToken)).Items);

    /// <summary>Why it must stay, if it must.</summary>
    public Fault? WhyNot(AgentId agent) => _agents.WhyNotRemove(agent);

    /// <summary>
    /// Its works are cancelled first and get a moment to end, so that none writes into files that are being moved. Then its directory goes, in one step: from then on nobody can
    /// ask it for anything. Then its routes, its schedules, and the works that came meanwhile.
    /// A crash in between leaves routes and schedules that point nowhere, which refuse rather than lead elsewhere.
    /// </summary>
    public async Task<(AgentTakenAway? Gone, Fault? Fault)> RemoveAsync(AgentId agent, CancellationToken cancellationToken)
    {
        if (WhyNot(agent) is { } reason)
            return (null, reason);
        var cancelled = await CancelWorksAsync(agent);
        await AwaitEndAsync(agent, cancellationToken);
        var (movedTo, refused) = _agents.Remove(agent);
        if (movedTo is null)
            return (null, refused);
        // Whoever asked may have left; half of it done helps nobody.
        var (routes, broken) = _routes.RemoveAgent(agent);
        var gone = new AgentTakenAway(movedTo, routes, await RemoveSchedulesAsync(agent), cancelled + await CancelWorksAsync(agent));
        await NoteAsync(EventTypes.AgentRemoved, agent, new { movedTo, routes, gone.Schedules, gone.Works }, CancellationToken.None);
        return broken is null
            ? (gone, null)
            : (null, broken with { Message = $"{agent} is removed and lies in {movedTo}, but its routes could not be: {broken.Message}", Kind = FaultKind.Conflict });
    }

    private async Task<int> RemoveSchedulesAsync(AgentId agent)
    {
        var removed = 0;
        while ((await _store.ListAsync(new ScheduleFilter { Agents = [agent], IncludeEnded = true }, null, Most, CancellationToken.None)).Items is { Count: > 0 } some)
        {
            foreach (var schedule in some)
                removed += await _schedules.RemoveAsync(schedule, CancellationToken.None) && schedule.EndedAt is null ? 1 : 0;
        }
        return removed;
    }

    private async Task<int> CancelWorksAsync(AgentId agent)
    {
        var cancelled = 0;
        string? after = null;
        do
        {
            var page = await _works.ListAsync(Unfinished(agent), after, Most, CancellationToken.None);
            foreach (var work in page.Items)
                cancelled += await _control.CancelAsync(work.Id, CancellationToken.None) is CancelResult.Cancelled or CancelResult.Requested ? 1 : 0;
            after = page.Next;
        }
        while (after is not null);
        return cancelled;
    }

    // A work that does not end in time goes on with what it has read; whatever it still writes is refused or lands where nobody looks.
    private async Task AwaitEndAsync(AgentId agent, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_endWithin, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (true)
            {
                var newest = (await _events.RangeAsync(either.Token)).Newest;
                if ((await _works.ListAsync(new WorkFilter { Agents = [agent], States = [WorkState.Running] }, null, 1, either.Token)).Items.Count == 0)
                    return;
                await _events.WaitAsync(newest, either.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Long enough.
        }
    }

    private static WorkFilter Unfinished(AgentId agent) => new() { Agents = [agent], States = [WorkState.Waiting, WorkState.Running] };

    private Task NoteAsync<T>(string type, AgentId agent, T payload, CancellationToken cancellationToken)
        => _events.AppendAsync([new NewEvent(_time.GetUtcNow(), type, Gateway, agent.Value, null, NewEvent.Json(payload))], cancellationToken);
}
