using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Heartbeat;

/// <summary>The table beat: one row of slots an agent.</summary>
internal static class BeatRows
{
    private const string Columns = "agent, enabled, every_ms, next_at, last_slot";

    public static async Task SyncAsync(Db db, IReadOnlyList<BeatPlan> plans, IReadOnlyCollection<AgentId> gone, DateTimeOffset now)
    {
        foreach (var plan in plans)
        {
            // A slot that is owed stays owed: the sweep makes a work of it and then follows the new grid.
            await db.RunAsync(
                """
                INSERT INTO beat (agent, enabled, every_ms, phase_ms, next_at, context, deliver, tools)
                VALUES (@agent, @enabled, @every, @phase, @next, @context, @deliver, @tools)
                ON CONFLICT (agent) DO UPDATE SET enabled = excluded.enabled, every_ms = excluded.every_ms, phase_ms = excluded.phase_ms, context = excluded.context,
                  deliver = excluded.deliver, tools = excluded.tools,
                  next_at = CASE
                    WHEN beat.enabled = 1 AND excluded.enabled = 1
                      AND (beat.next_at <= @now OR (beat.every_ms = excluded.every_ms AND beat.phase_ms = excluded.phase_ms)) THEN beat.next_at
                    ELSE excluded.next_at END
                """,
                ("agent", plan.Agent.Value), ("enabled", plan.Enabled ? 1L : 0L), ("every", (long)plan.Every.TotalMilliseconds), ("phase", (long)plan.Phase.TotalMilliseconds),
                ("next", plan.NextAt.Ms()), ("context", Words.Of(plan.Context)), ("deliver", RowJson.Of(new[] { plan.Deliver })),
                ("tools", plan.Tools is null ? null : RowJson.Of(plan.Tools)), ("now", now.Ms()));
        }
        foreach (var agent in gone)
            await db.RunAsync("DELETE FROM beat WHERE agent = @agent", ("agent", agent.Value));
    }

    public static async Task<Beat?> GetAsync(Db db, AgentId agent)
        => (await db.FirstAsync<BeatRow>($"SELECT {Columns} FROM beat WHERE agent = @agent", new { agent = agent.Value }))?.ToBeat();

    public static async Task<Page<Beat>> ListAsync(Db db, IReadOnlyCollection<AgentId>? agents, string? after, int limit)
    {
        var only = agents is null ? "" : $"AND {db.Dialect.In("agent", "agents")}";
        var rows = await db.QueryAsync<BeatRow>($"SELECT {Columns} FROM beat WHERE agent > @after {only} ORDER BY agent LIMIT @limit",
            new { after = after ?? "", agents = agents?.Select(agent => agent.Value).ToArray() ?? [], limit = limit + 1L });
        return new Page<Beat>([.. rows.Take(limit).Select(row => row.ToBeat())], rows.Count > limit ? rows[limit - 1].Agent : null);
    }

    public static async Task<BeatStanding> StandingAsync(Db db, AgentId agent, DateTimeOffset personSince, DateTimeOffset now)
    {
        var rows = await db.RowsAsync(
            $"""
            SELECT
              (SELECT json FROM agent_state WHERE agent = @agent AND area = '{BeatState.Area}' AND key = '{BeatState.PauseKey}') AS pause,
              (SELECT max(person_at) FROM session WHERE agent = @agent AND updated_at >= @since) AS person_at,
              (SELECT count(*) FROM session_turn WHERE lease_until > {db.Dialect.Now} AND substr(session, 1, length(@prefix)) = @prefix) AS person_turns
            """,
            row => new BeatStanding(row.TextOrNull(0), row.NumberOrNull(1).At(), row.Number(2)),
            ("agent", agent.Value), ("since", personSince.Ms()), ("now", now.Ms()), ("prefix", $"agent:{agent}:"));
        return rows[0];
    }

    private sealed class BeatRow
    {
        public string Agent { get; set; } = "";

        public long Enabled { get; set; }

        public long EveryMs { get; set; }

        public long NextAt { get; set; }

        public long? LastSlot { get; set; }

        public Beat ToBeat() => new(AgentId.Parse(Agent), Enabled != 0, TimeSpan.FromMilliseconds(EveryMs), NextAt.At(), LastSlot.At());
    }
}
