using Dapper;
using Vigil.Agents;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Work;

namespace Vigil.Storage.Work;

internal sealed class DayBook(IDatabase database) : IDayBook
{
    public Task<IReadOnlyList<DayMark>> MarksAsync(IReadOnlyCollection<AgentId> agents, DateTimeOffset from, DateTimeOffset to, TimeSpan grain, CancellationToken cancellationToken)
        => agents.Count == 0
            ? Task.FromResult<IReadOnlyList<DayMark>>([])
            : database.ReadAsync<IReadOnlyList<DayMark>>(async db =>
            {
                var rows = await db.QueryAsync<MarkRow>(
                    $"""
                    SELECT agent, source, outcome, reason, (created_at - @from) / @grain AS stretch, count(*) AS works, max(id) AS last FROM work
                    WHERE {db.Dialect.In("agent", "agents")} AND created_at >= @from AND created_at < @to AND state <> 'waiting'
                    GROUP BY agent, source, outcome, reason, (created_at - @from) / @grain
                    ORDER BY agent, stretch, last
                    """, new { agents = agents.Select(agent => agent.Value).ToArray(), from = from.Ms(), to = to.Ms(), grain = (long)grain.TotalMilliseconds });
                return [.. rows.Select(row => row.ToMark(from, grain))];
            }, cancellationToken);

    public async Task<int> UnreadAsync(IReadOnlyCollection<AgentId>? agents, DateTimeOffset now, int atMost, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(new { now = now.Ms(), atMost = (long)atMost, agents = agents?.Select(agent => agent.Value).ToArray() ?? [] });
        // The condition on suppressed ones says to the planner that the index over what is unread holds all of these.
        return (int)await database.ReadAsync(db => db.ScalarAsync<long>(
            $"""
            SELECT count(*) FROM (
              SELECT 1 AS one FROM notification
              WHERE read_at IS NULL AND done_at IS NULL AND state <> 'suppressed' AND state = 'posted' AND (snoozed_until IS NULL OR snoozed_until <= @now)
                {(agents is null ? "" : $"AND {db.Dialect.In("agent", "agents")}")}
              LIMIT @atMost) AS unread
            """, parameters), cancellationToken);
    }

    private sealed class MarkRow
    {
        public string Agent { get; set; } = "";

        public string Source { get; set; } = "";

        public string? Outcome { get; set; }

        public string? Reason { get; set; }

        public long Stretch { get; set; }

        public long Works { get; set; }

        public string Last { get; set; } = "";

        public DayMark ToMark(DateTimeOffset from, TimeSpan grain) => new(
            AgentId.Parse(Agent), from + (grain * Stretch), Source, Outcome is null ? null : Words.Parse<Outcome>(Outcome), Reason, Works, Last);
    }
}
