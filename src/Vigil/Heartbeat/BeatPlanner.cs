using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>With each pulse: brings the rows of beats in line with the profiles when these changed, and lets due beats become works.</summary>
internal sealed class BeatPlanner(IHeartbeatStore store, IAgentRegistry agents, ISettings settings, WorkSignal signal, TimeProvider time, ILogger<BeatPlanner> log) : IPulseHandler
{
    // So many in one transaction that a morning of a hundred thousand is done in seconds, and so few that a person's message gets in between.
    private const int SweepAtOnce = 1_000;
    private const int SweepsPerPulse = 200;

    // Directories that are put there or taken away are noticed within this time.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(10);

    private readonly Dictionary<AgentId, BeatPlan> _written = [];
    private long? _version;
    private DateTimeOffset _lookedAt = DateTimeOffset.MinValue;

    public string Name => "beats";

    /// <summary>Agents whose probes are watched between beats.</summary>
    public IReadOnlyCollection<AgentId> Watching { get; private set; } = [];

    public async ValueTask OnPulseAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await SyncAsync(now, cancellationToken);
        for (var sweeps = 0; sweeps < SweepsPerPulse; sweeps++)
        {
            var sweep = await store.SweepAsync(now, SweepAtOnce, cancellationToken);
            if (sweep.Works > 0)
                signal.Set();
            if (sweep.Missed > 0)
                log.LogWarning("{Missed} slots of {Beats} beats were missed; each agent whose slots were missed beats once now.", sweep.Missed, sweep.Beats);
            if (sweep.Beats < SweepAtOnce)
                break;
        }
    }

    private async Task SyncAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var version = settings.Version;
        if (_version == version && now - _lookedAt < s_lookAgain && now >= _lookedAt)
            return;
        var there = agents.Ids();
        var changed = new List<BeatPlan>();
        var watching = new List<AgentId>();
        foreach (var agent in there)
        {
            // A broken agent keeps the beat that it had; its works fail with the reason.
            if (agents.Find(agent).Profile is not { } profile)
                continue;
            if (profile.Heartbeat.Enabled && profile.Probes.Values.Any(probe => Probes.ProbeSettings.Flag(probe, "watch")))
                watching.Add(agent);
            var plan = Plan(profile, now);
            if (!_written.TryGetValue(agent, out var written) || !Same(written, plan))
                changed.Add(plan);
        }
        var known = _version is null ? await AllAsync(cancellationToken) : [.. _written.Keys];
        var gone = known.Except(there).ToList();
        if (changed.Count > 0 || gone.Count > 0)
            await store.SyncAsync(changed, gone, now, cancellationToken);
        foreach (var plan in changed)
            _written[plan.Agent] = plan;
        foreach (var agent in gone)
            _written.Remove(agent);
        Watching = watching;
        (_version, _lookedAt) = (version, time.GetUtcNow());
    }

    private async Task<List<AgentId>> AllAsync(CancellationToken cancellationToken)
    {
        var all = new List<AgentId>();
        string? after = null;
        do
        {
            var page = await store.ListAsync(null, after, SweepAtOnce, cancellationToken);
            all.AddRange(page.Items.Select(beat => beat.Agent));
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    private static BeatPlan Plan(AgentProfile profile, DateTimeOffset now)
    {
        var grid = BeatHours.Grid(profile);
        var beat = profile.Heartbeat;
        return new BeatPlan(profile.Id, beat.Enabled, beat.Every, grid.Phase.ToTimeSpan(), grid.Next(NodaTime.Instant.FromDateTimeOffset(now)).ToDateTimeOffset(),
            beat.Context, beat.Deliver, BeatTools.Of(profile));
    }

    private static bool Same(BeatPlan written, BeatPlan plan)
        => written with { NextAt = plan.NextAt, Tools = plan.Tools } == plan && (written.Tools is null) == (plan.Tools is null);
}
