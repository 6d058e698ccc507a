using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Heartbeat.Probes;
using Vigil.Settings;
using Vigil.State;
using Vigil.Time;
using Vigil.Tools.Source;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>What people ask of the heartbeat: how it stands, what comes, run now, pause and resume. Nothing here touches a settings file.</summary>
public sealed class Heartbeats
{
    /// <summary>A beat that is this late is overdue: the pulse is dead, or all slots are taken.</summary>
    private static readonly TimeSpan s_overdue = TimeSpan.FromMinutes(2);

    private const int SlotsShown = 5;

    private readonly IHeartbeatStore _store;
    private readonly IStateStore _state;
    private readonly ChecklistFile _checklists;
    private readonly BeatStateReader _reader;
    private readonly Prober _prober;
    private readonly WorkIntake _intake;
    private readonly WorkSignal _signal;
    private readonly TimeProvider _time;

    internal Heartbeats(IHeartbeatStore store, IStateStore state, ChecklistFile checklists, BeatStateReader reader, Prober prober, WorkIntake intake, WorkSignal signal, TimeProvider time)
    {
        _store = store;
        _state = state;
        _checklists = checklists;
        _reader = reader;
        _prober = prober;
        _intake = intake;
        _signal = signal;
        _time = time;
    }

    public async Task<BeatStatus> StatusAsync(AgentProfile profile, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var beat = await _store.GetAsync(profile.Id, cancellationToken);
        var latest = await _store.LatestAsync(profile.Id, cancellationToken);
        var pause = await PauseAsync(profile.Id, cancellationToken);
        var hours = BeatHours.Of(profile);
        var next = profile.Heartbeat.Enabled ? beat?.NextAt ?? BeatHours.Grid(profile).Next(Instant.FromDateTimeOffset(now)).ToDateTimeOffset() : (DateTimeOffset?)null;
        return new BeatStatus
        {
            Agent = profile.Id.Value,
            Enabled = profile.Heartbeat.Enabled,
            Every = DurationText.Format(profile.Heartbeat.Every),
            Model = profile.Heartbeat.Model ?? profile.Model,
            Escalate = profile.Heartbeat.Escalate,
            Timezone = hours.Zone.Id,
            ActiveHours = profile.Heartbeat.ActiveHours,
            IsOpen = hours.Contains(Instant.FromDateTimeOffset(now)),
            Paused = pause?.Holds(now) == true ? pause : null,
            LastSlot = beat?.LastSlot,
            LastWork = latest?.Id,
            LastState = latest?.State,
            LastOutcome = latest?.Outcome,
            LastReason = latest?.Reason,
            LastError = latest?.Error,
            NextSlot = next,
            NextLocal = next is { } at ? LocalText.In(Instant.FromDateTimeOffset(at), hours.Zone) : null,
            Overdue = profile.Heartbeat.Enabled && beat is { Enabled: true } && now - beat.NextAt > s_overdue,
        };
    }

    /// <summary>A beat at once, through the same gates as a slot; the grid does not move.</summary>
    public async Task<AgentWork> RunAsync(AgentProfile profile, CancellationToken cancellationToken) => (await RunAsync(profile, null, cancellationToken)).Work;

    /// <param name="key">The same key leads to the same beat.</param>
    public Task<Admission> RunAsync(AgentProfile profile, string? key, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var work = new AgentWork
        {
            Id = NewId.Work(_time),
            Agent = profile.Id,
            Source = WorkSources.Heartbeat,
            Origin = "run",
            Prompt = "Heartbeat.",
            Session = BeatState.Session(profile.Id),
            Context = profile.Heartbeat.Context,
            Tools = BeatTools.Of(profile),
            Deliver = [profile.Heartbeat.Deliver],
            DedupeKey = key is null ? null : $"{profile.Id}@{key}",
            CreatedAt = now,
            DueAt = now,
        };
        return _intake.AdmitAsync(new NewWork(work) { Precedence = BeatState.WakePrecedence }, cancellationToken);
    }

    /// <summary>No beats until then; a beat that runs already is left to finish.</summary>
    /// <param name="when">A time of day or a local time in the agent's zone, an instant, or a span such as 2h; null means until it is resumed.</param>
    /// <exception cref="FaultException">The time cannot be read or lies in the past.</exception>
    public async Task<Pause> PauseAsync(AgentProfile profile, string? when, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = null;
        if (when is not null)
        {
            until = WhenText.TryParse(when, Instant.FromDateTimeOffset(_time.GetUtcNow()), BeatHours.Zone(profile), out var at, out var problem)
                ? at.ToDateTimeOffset()
                : throw new FaultException(new Fault("bad_time", $"'until' {problem}.", "For example 15:00, 3pm, 2h or 2026-03-27T08:00:00Z.", "until"));
        }
        var before = await PauseAsync(profile.Id, cancellationToken);
        var pause = new Pause(_time.GetUtcNow(), until);
        await _state.ApplyAsync([pause.Write(profile.Id)], cancellationToken);
        // Wakes that wait for a later end are looked at anew, and then wait for this one.
        if (until is { } end && before is not null && !(before.Until <= end) && await _store.HurryAsync(profile.Id, [Reasons.Paused], pause.Since, cancellationToken) > 0)
            _signal.Set();
        return pause;
    }

    /// <summary>Ends a pause; wakes that waited for its end are due now. False when there was none.</summary>
    public async Task<bool> ResumeAsync(AgentProfile profile, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var pause = await PauseAsync(profile.Id, cancellationToken);
        await _state.ApplyAsync([BeatState.Remove(profile.Id, BeatState.Area, BeatState.PauseKey)], cancellationToken);
        if (await _store.HurryAsync(profile.Id, [Reasons.Paused], now, cancellationToken) > 0)
            _signal.Set();
        return pause?.Holds(now) == true;
    }

    /// <summary>The pause that holds now, if there is one.</summary>
    public async Task<Pause?> PauseOfAsync(AgentId agent, CancellationToken cancellationToken)
        => await PauseAsync(agent, cancellationToken) is { } pause && pause.Holds(_time.GetUtcNow()) ? pause : null;

    /// <summary>How each check stands.</summary>
    /// <exception cref="ChecklistException">The checklist cannot be read.</exception>
    public async Task<IReadOnlyList<CheckStanding>> StateAsync(AgentProfile profile, CancellationToken cancellationToken)
        => await _reader.ReadAsync(profile, _checklists.Read(profile), null, cancellationToken);

    /// <summary>The coming slots, how each line was understood and when it is next due. Asks nobody and changes nothing.</summary>
    /// <exception cref="ChecklistException">The checklist cannot be read.</exception>
    public async Task<BeatOutlook> PlanAsync(AgentProfile profile, CancellationToken cancellationToken)
        => await PlanAsync(profile, _checklists.Read(profile), cancellationToken);

    /// <summary>What would come if this text were the checklist. It is stored nowhere.</summary>
    /// <exception cref="FaultException">The text is too large for a checklist.</exception>
    public async Task<BeatOutlook> PlanAsync(AgentProfile profile, string text, CancellationToken cancellationToken)
    {
        var reading = Checklist.Read(text, [.. profile.Probes.Keys]);
        return await PlanAsync(profile, reading.Checklist ?? throw new FaultException(reading.Fault!), cancellationToken);
    }

    /// <summary>The probes of the agent's settings, in the order of their names, and what each saw when a model last got to know of it.</summary>
    public async Task<IReadOnlyList<ProbeOutlook>> ProbesAsync(AgentProfile profile, CancellationToken cancellationToken)
    {
        var records = await _state.AllAsync(profile.Id, BeatState.ProbeArea, cancellationToken);
        return [.. profile.Probes.OrderBy(probe => probe.Key, StringComparer.Ordinal).Select(probe =>
        {
            var seen = BeatState.Parse<ProbeRecord>(records.GetValueOrDefault(probe.Key));
            return new ProbeOutlook(probe.Key, probe.Value.Text("kind") ?? "unknown", probe.Value.Flag("watch"), seen is null ? null : new ProbeStanding(seen.At, seen.Saw, seen.Failure),
                _prober.Check(profile, probe.Key));
        })];
    }

    private async Task<BeatOutlook> PlanAsync(AgentProfile profile, Checklist checklist, CancellationToken cancellationToken)
    {
        var checks = await _reader.ReadAsync(profile, checklist, null, cancellationToken);
        var hours = BeatHours.Of(profile);
        var grid = BeatHours.Grid(profile);
        var beat = await _store.GetAsync(profile.Id, cancellationToken);
        var slot = beat is { Enabled: true } ? Instant.FromDateTimeOffset(beat.NextAt) : grid.Next(Instant.FromDateTimeOffset(_time.GetUtcNow()));
        var slots = new List<SlotOutlook>();
        for (var i = 0; i < SlotsShown && profile.Heartbeat.Enabled; i++, slot = grid.Next(slot))
            slots.Add(new SlotOutlook(slot.ToDateTimeOffset(), LocalText.In(slot, hours.Zone), hours.Contains(slot)));
        var findings = checklist.Findings.Select(finding => finding.ToString())
            .Concat(profile.Probes.Keys.Order(StringComparer.Ordinal).Select(name => _prober.Check(profile, name) is { } problem ? $"agent.json: probe {name}: {problem}" : null).OfType<string>());
        return new BeatOutlook(profile.Id.Value, profile.Heartbeat.Enabled, DurationText.Format(profile.Heartbeat.Every), hours.Zone.Id, slots, checks, [.. findings]);
    }

    private async Task<Pause?> PauseAsync(AgentId agent, CancellationToken cancellationToken) => await _state.ReadAsync<Pause>(agent, BeatState.PauseKey, cancellationToken);

}

/// <summary>How an agent's heartbeat stands.</summary>
public sealed record BeatStatus
{
    public required string Agent { get; init; }

    public required bool Enabled { get; init; }

    public required string Every { get; init; }

    public string? Model { get; init; }

    public string? Escalate { get; init; }

    /// <summary>The zone in use.</summary>
    public required string Timezone { get; init; }

    public ActiveHoursSettings? ActiveHours { get; init; }

    /// <summary>Whether it is inside the hours now.</summary>
    public bool IsOpen { get; init; }

    public Pause? Paused { get; init; }

    public DateTimeOffset? LastSlot { get; init; }

    public string? LastWork { get; init; }

    public WorkState? LastState { get; init; }

    public Outcome? LastOutcome { get; init; }

    public string? LastReason { get; init; }

    public string? LastError { get; init; }

    public DateTimeOffset? NextSlot { get; init; }

    public string? NextLocal { get; init; }

    public bool Overdue { get; init; }
}

/// <summary>What comes.</summary>
public sealed record BeatOutlook(
    string Agent, bool Enabled, string Every, string Timezone, IReadOnlyList<SlotOutlook> Slots, IReadOnlyList<CheckStanding> Checks, IReadOnlyList<string> Findings);

/// <param name="Seen">Null until a model was told of it.</param>
/// <param name="Problem">What is wrong with its settings.</param>
public sealed record ProbeOutlook(string Name, string Kind, bool IsWatched, ProbeStanding? Seen, string? Problem);

/// <param name="IsOpen">Whether the slot lies inside the hours.</param>
public sealed record SlotOutlook(DateTimeOffset At, string Local, bool IsOpen);
