using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Work;

/// <summary>
/// The order in which due works are claimed. A work's rank is the instant it became due, moved by its precedence, and at least <see cref="StepMs"/> behind the last
/// waiting work of the same agent and precedence. So the second of an agent's five hundred works stands behind another agent's first, and a wake does not queue behind beats.
/// The rank is at most an hour late: a flood is put behind others, never forgotten.
/// </summary>
internal static class FairOrder
{
    private const int StepMs = 100;
    private const int LatestMs = 3_600_000;

    /// <summary>Works become ready in bounded steps, so that a morning with thousands of due works does not hold up the first claim.</summary>
    private const int ReadyAtOnce = 500;

    /// <summary>
    /// As SQL, the rank of the <paramref name="nth"/> of the works that are added together to the chain of one agent and precedence; <paramref name="first"/> is when the
    /// first of them became due.
    /// </summary>
    public static string Rank(SqlDialect dialect, string agent, string due, string precedence, string first, string nth)
    {
        var (least, greatest) = (dialect.Pick("min", "least"), dialect.Pick("max", "greatest"));
        return $"""
            {least}({due} + {precedence} + {LatestMs}, {greatest}({due} + {precedence}, {StepMs} * {nth} + {greatest}({first} + {precedence} - {StepMs}, coalesce((
              SELECT max(chain.rank) FROM work chain WHERE chain.agent = {agent} AND chain.precedence = {precedence} AND chain.state = 'waiting' AND chain.ready = 1), 0))))
            """;
    }

    /// <summary>Gives works whose time has come their place in the order; until then they cost a claim nothing.</summary>
    public static async Task MakeReadyAsync(Db db, long now)
    {
        var due = await db.QueryAsync<string>(
            $"SELECT id FROM work WHERE state = 'waiting' AND ready = 0 AND due_at <= @now ORDER BY due_at LIMIT {ReadyAtOnce} {db.Dialect.SkipLocked}", new { now });
        if (due.Count == 0)
            return;
        await db.ExecuteAsync(
            $"""
            UPDATE work SET ready = 1, rank = placed.rank
            FROM (
              SELECT ordered.id, {Rank(db.Dialect, "ordered.agent", "ordered.due_at", "ordered.precedence", "ordered.first", "ordered.nth")} AS rank
              FROM (
                SELECT id, agent, due_at, precedence, row_number() OVER (PARTITION BY agent, precedence ORDER BY due_at, id) AS nth,
                  min(due_at) OVER (PARTITION BY agent, precedence) AS first
                FROM work WHERE {db.Dialect.In("id", "due")}) ordered) placed
            WHERE work.id = placed.id
            """, new { due = due.ToArray() });
    }
}
