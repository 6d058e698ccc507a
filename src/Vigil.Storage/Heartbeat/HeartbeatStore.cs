using Dapper;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Storage.Engine;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Heartbeat;

/// <summary>Each method is one transaction; the steps of each are in the files beside this one.</summary>
internal sealed class HeartbeatStore(IDatabase database, TimeProvider time) : IHeartbeatStore
{
    private const int SyncAtOnce = 1_000;
    private const int PruneAtOnce = 500;

    /// <summary>An instant as an id begins with it.</summary>
    private const int IdHead = 13;

    public async Task SyncAsync(IReadOnlyList<BeatPlan> plans, IReadOnlyCollection<AgentId> gone, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var some in plans.Chunk(SyncAtOnce))
            await WriteAsync(some, []);
        foreach (var some in gone.Chunk(SyncAtOnce))
            await WriteAsync([], some);

        Task<bool> WriteAsync(BeatPlan[] changed, AgentId[] removed) => database.WriteAsync(async db =>
        {
            await BeatRows.SyncAsync(db, changed, removed, now);
            return true;
        }, cancellationToken);
    }

    public Task<BeatSweep> SweepAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var token = NewId.Make("swp_", time);
        return database.WriteAsync(db => Sweeping.SweepAsync(db, token, NewId.Work(time)[..IdHead], now, limit), cancellationToken);
    }

    public Task<Beat?> GetAsync(AgentId agent, CancellationToken cancellationToken)
        => database.ReadAsync(db => BeatRows.GetAsync(db, agent), cancellationToken);

    public Task<Page<Beat>> ListAsync(IReadOnlyCollection<AgentId>? agents, string? after, int limit, CancellationToken cancellationToken)
        => database.ReadAsync(db => BeatRows.ListAsync(db, agents, after, limit), cancellationToken);

    public Task<AgentWork?> LatestAsync(AgentId agent, CancellationToken cancellationToken)
        => database.ReadAsync(async db => await db.ScalarAsync<string>(
            "SELECT id FROM work WHERE agent = @agent AND source = 'heartbeat' ORDER BY created_at DESC, id DESC LIMIT 1", new { agent = agent.Value }) is { } id
                ? await WorkQueries.GetAsync(db, id)
                : null, cancellationToken);

    public Task<BeatStanding> StandingAsync(AgentId agent, DateTimeOffset personSince, DateTimeOffset now, CancellationToken cancellationToken)
        => database.ReadAsync(db => BeatRows.StandingAsync(db, agent, personSince, now), cancellationToken);

    public Task<WakeAdmission> WakeAsync(NewWake wake, CancellationToken cancellationToken)
        => database.WriteAsync(db => WakeRows.AdmitAsync(db, wake), cancellationToken);

    public Task<IReadOnlyList<WakeEvent>> EventsOfAsync(string workId, CancellationToken cancellationToken)
        => database.ReadAsync(db => WakeRows.EventsOfAsync(db, workId), cancellationToken);

    public Task<IReadOnlyList<AgentWork>> FollowUpsAsync(AgentId agent, int limit, CancellationToken cancellationToken)
        => database.ReadAsync(db => WakeRows.FollowUpsAsync(db, agent, limit), cancellationToken);

    public async Task<int> WakesSinceAsync(AgentId agent, DateTimeOffset since, CancellationToken cancellationToken)
        => (int)await database.ReadAsync(db => WakeRows.SinceAsync(db, agent, since), cancellationToken);

    public Task<int> HurryAsync(AgentId? agent, IReadOnlyCollection<string> reasons, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(db => WakeRows.HurryAsync(db, agent, reasons, now), cancellationToken);

    public Task<IReadOnlyList<SkippedBeats>> SkippedAsync(DateTimeOffset from, DateTimeOffset to, IReadOnlyCollection<AgentId>? agents, CancellationToken cancellationToken)
        => database.ReadAsync<IReadOnlyList<SkippedBeats>>(async db =>
        {
            var parameters = new DynamicParameters(new { from = from.Ms(), to = to.Ms(), agents = agents?.Select(agent => agent.Value).ToArray() ?? [] });
            // From one agent to the next along the index, and a count in the index for each: nothing is sorted, and no work itself is read.
            var rows = await db.QueryAsync<(string Agent, long Beats)>(
                $"""
                WITH RECURSIVE known(agent) AS (
                  SELECT min(agent) FROM work
                  UNION ALL SELECT (SELECT min(work.agent) FROM work WHERE work.agent > known.agent) FROM known WHERE known.agent IS NOT NULL)
                SELECT agent, (SELECT count(*) FROM work WHERE work.agent = known.agent AND created_at >= @from AND created_at < @to AND source = 'heartbeat' AND outcome = 'skipped') AS beats
                FROM known WHERE agent IS NOT NULL {(agents is null ? "" : $"AND {db.Dialect.In("agent", "agents")}")}
                """, parameters);
            return [.. rows.Where(row => row.Beats > 0).OrderBy(row => row.Agent, StringComparer.Ordinal).Select(row => new SkippedBeats(AgentId.Parse(row.Agent), row.Beats))];
        }, cancellationToken);

    public async Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var deleted = 0; ;)
        {
            var batch = await database.WriteAsync(db => WakeRows.PruneAsync(db, before, PruneAtOnce), cancellationToken);
            deleted += batch;
            if (batch < PruneAtOnce)
                return deleted;
        }
    }
}
