using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Heartbeat;

/// <summary>
/// Goes round the agents and writes how they beat. Of each it remembers only what tells that its files changed: profiles of agents that nobody uses are not kept, and an agent
/// whose file and settings are as they were is not read again.
/// </summary>
internal sealed class BeatRound(IHeartbeatStore store, IAgentRegistry agents, ISettings settings)
{
    /// <summary>Agents looked at in one pulse; with more of them a round takes several pulses, and none of them long.</summary>
    private const int Slice = 2_000;
    private const int PageSize = 1_000;

    // Files that change, and directories that are put there or taken away, are noticed within this time.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(10);

    // What settings decide, and what wakes therefore wait for no longer than until they change.
    private static readonly string[] s_settled = [Reasons.OutsideActiveHours, Reasons.Budget];

    private readonly Dictionary<AgentId, Seen> _seen = [];
    private readonly Dictionary<BeatShape, BeatShape> _shapes = [];
    private readonly HashSet<AgentId> _watching = [];
    private IReadOnlyList<AgentId> _there = [];
    private int _position;
    private long? _version;
    private DateTimeOffset _begun = DateTimeOffset.MinValue;

    /// <summary>Agents whose probes are watched between beats.</summary>
    public IReadOnlyCollection<AgentId> Watching { get; private set; } = [];

    public async Task GoOnAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var version = settings.Version;
        var isOver = _position == _there.Count;
        if (_version != version || (isOver && (now - _begun >= s_lookAgain || now < _begun)))
            await BeginAsync(version, now, cancellationToken);
        else if (isOver)
            return;
        var changed = new List<BeatPlan>();
        var looked = new List<(AgentId Agent, Seen Seen)>();
        var until = Math.Min(_there.Count, _position + Slice);
        for (var at = _position; at < until; at++)
            Look(_there[at], settings.Current, now, changed, looked);
        if (changed.Count > 0)
            await store.SyncAsync(changed, [], now, cancellationToken);
        _position = until;
        var watchesChanged = false;
        foreach (var (agent, seen) in looked)
        {
            _seen[agent] = seen;
            watchesChanged |= seen.Watches ? _watching.Add(agent) : _watching.Remove(agent);
        }
        if (watchesChanged)
            Watching = [.. _watching];
    }

    private async Task BeginAsync(long version, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var there = agents.Ids();
        var set = there.ToHashSet();
        var known = _version is null ? await RowsAsync(cancellationToken) : [.. _seen.Keys];
        var gone = known.Where(agent => !set.Contains(agent)).ToList();
        if (gone.Count > 0)
            await store.SyncAsync([], gone, now, cancellationToken);
        var watchesChanged = false;
        foreach (var agent in gone)
        {
            _seen.Remove(agent);
            watchesChanged |= _watching.Remove(agent);
        }
        if (watchesChanged)
            Watching = [.. _watching];
        // Also at the start: a file may have been edited while no gateway ran.
        if (_version != version)
            await store.HurryAsync(null, s_settled, now, cancellationToken);
        (_there, _position, _version, _begun) = (there, 0, version, now);
    }

    private void Look(AgentId agent, VigilSettings inherited, DateTimeOffset now, List<BeatPlan> changed, List<(AgentId, Seen)> looked)
    {
        var mark = agents.MarkOf(agent);
        var isKnown = _seen.TryGetValue(agent, out var before);
        var same = isKnown && mark is not null && before.Mark == mark;
        if (same && before.IsSettled && ReferenceEquals(before.Inherited, inherited))
            return;
        // A broken agent keeps the beat that it had; its works fail with the reason.
        if (agents.Peek(agent).Profile is not { } profile)
            return;
        var shape = Shared(BeatShape.Of(profile));
        if (!isKnown || before.Shape != shape)
            changed.Add(Plan(profile, now));
        // Two writes within one tick of the file system's clock look alike, so the first look at an unchanged mark reads once more, unless it is old.
        var settled = same || (mark is { } at && WatchedFile.IsLongAgo(at.ChangedAt));
        looked.Add((agent, new Seen(mark, settled, inherited, shape, profile.Heartbeat.Enabled && profile.Probes.Values.Any(probe => Probes.ProbeSettings.Flag(probe, "watch")))));
    }

    private async Task<List<AgentId>> RowsAsync(CancellationToken cancellationToken)
    {
        var all = new List<AgentId>();
        string? after = null;
        do
        {
            var page = await store.ListAsync(null, after, PageSize, cancellationToken);
            all.AddRange(page.Items.Select(beat => beat.Agent));
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    // Most agents beat alike: one shape serves them all.
    private BeatShape Shared(BeatShape shape) => _shapes.TryGetValue(shape, out var known) ? known : _shapes[shape] = shape;

    private static BeatPlan Plan(AgentProfile profile, DateTimeOffset now)
    {
        var grid = BeatHours.Grid(profile);
        var beat = profile.Heartbeat;
        return new BeatPlan(profile.Id, beat.Enabled, beat.Every, grid.Phase.ToTimeSpan(), grid.Next(NodaTime.Instant.FromDateTimeOffset(now)).ToDateTimeOffset(),
            beat.Context, beat.Deliver, BeatTools.Of(profile));
    }

    /// <summary>What makes a row of beats, beside the agent's name.</summary>
    private sealed record BeatShape(bool Enabled, TimeSpan Every, ContextMode Context, string Deliver, bool HasAllTools)
    {
        public static BeatShape Of(AgentProfile profile)
            => new(profile.Heartbeat.Enabled, profile.Heartbeat.Every, profile.Heartbeat.Context, profile.Heartbeat.Deliver, BeatTools.Of(profile) is null);
    }

    /// <param name="IsSettled">The mark was the same at two looks, or too old to hide a later change.</param>
    /// <param name="Inherited">The settings that the profile was merged with. The version of settings would not do: it rises with each edit of any agent.</param>
    private readonly record struct Seen(AgentFileMark? Mark, bool IsSettled, VigilSettings Inherited, BeatShape Shape, bool Watches);
}
