using Dapper;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>Reading works, and forgetting old ones.</summary>
internal static class WorkQueries
{
    private const int PruneAtOnce = 200;

    public static async Task<AgentWork?> GetAsync(Db db, string id)
        => await db.FirstAsync<WorkRow>($"SELECT {WorkRow.Columns} FROM work WHERE id = @id", new { id }) is { } row ? await WorkDetails.LoadAsync(db, row) : null;

    public static async Task<Page<AgentWork>> ListAsync(Db db, WorkFilter filter, Cursor? after, int limit)
    {
        var (where, parameters) = Conditions(db.Dialect, filter);
        if (after is { } cursor)
        {
            where.Add("(created_at, id) < (@afterAt, @afterId)");
            parameters.Add("afterAt", cursor.At);
            parameters.Add("afterId", cursor.Id);
        }
        parameters.Add("limit", limit + 1L);
        var rows = await db.QueryAsync<WorkRow>(
            $"SELECT {WorkRow.Columns} FROM work{(where.Count == 0 ? "" : " WHERE " + string.Join(" AND ", where))} ORDER BY created_at DESC, id DESC LIMIT @limit", parameters);
        var works = (await WorkDetails.LoadAsync(db, [.. rows.Take(limit)])).ToDictionary(work => work.Id);
        return Cursor.Page(rows, limit, row => new Cursor(row.CreatedAt, row.Id), row => works[row.Id]);
    }

    public static async Task<WorkCounts> CountsAsync(Db db, long now)
    {
        var (ready, later, overdue, running) = await db.FirstAsync<(long Ready, long Later, long Overdue, long Running)>(
            """
            SELECT (SELECT count(*) FROM work WHERE state = 'waiting' AND ready = 1), (SELECT count(*) FROM work WHERE state = 'waiting' AND ready = 0),
              (SELECT count(*) FROM work WHERE state = 'waiting' AND ready = 0 AND due_at <= @now), (SELECT count(*) FROM work WHERE state = 'running')
            """, new { now });
        return new WorkCounts(Waiting: ready + later, Due: ready + overdue, Running: running);
    }

    public static Task<long?> NextDueAsync(Db db) => db.ScalarAsync<long?>(
        """
        SELECT coalesce((SELECT due_at FROM work WHERE state = 'waiting' AND ready = 1 ORDER BY rank, id LIMIT 1),
          (SELECT min(due_at) FROM work WHERE state = 'waiting' AND ready = 0))
        """);

    /// <summary>One batch; call again while it is full.</summary>
    public static async Task<(int Deleted, bool More)> PruneAsync(Db db, long before)
    {
        var ids = await db.QueryAsync<string>(
            $"SELECT id FROM work WHERE state = 'finished' AND finished_at < @before ORDER BY finished_at LIMIT {PruneAtOnce} {db.Dialect.SkipLocked}", new { before });
        await DeleteAsync(db, ids);
        return (ids.Count, ids.Count == PruneAtOnce);
    }

    /// <summary>Finished works with all that hangs on them.</summary>
    public static async Task DeleteAsync(Db db, IReadOnlyList<string> ids)
    {
        if (ids.Count == 0)
            return;
        var old = new { ids = ids.ToArray() };
        await db.ExecuteAsync($"DELETE FROM run_step WHERE journal IN (SELECT journal FROM run WHERE {db.Dialect.In("work", "ids")})", old);
        await db.ExecuteAsync($"DELETE FROM run WHERE {db.Dialect.In("work", "ids")} AND work IS NOT NULL", old);
        await db.ExecuteAsync($"DELETE FROM work_gates WHERE {db.Dialect.In("work", "ids")}", old);
        await db.ExecuteAsync($"DELETE FROM work WHERE {db.Dialect.In("id", "ids")}", old);
    }

    private static (List<string> Where, DynamicParameters Parameters) Conditions(SqlDialect dialect, WorkFilter filter)
    {
        var where = new List<string>();
        var parameters = new DynamicParameters();
        // Several agents at once: their works lie apart in their own index and would all have to be sorted; the order of the list has them as they are needed.
        Any("agent", filter.Agents?.Select(agent => agent.Value).ToList(), dialect.Pick("+", ""));
        Any("source", filter.Sources);
        Any("state", Words.All(filter.States));
        if (filter.States is not null && !filter.States.Contains(WorkState.Finished))
            where.Add("outcome IS NULL"); // the same, but it stands in the index
        Any("outcome", Words.All(filter.Outcomes));
        Is("reason", filter.Reason);
        Is("origin", filter.Origin);
        Is("session", filter.Session);
        Is("parent", filter.ParentId);
        if (filter.Origin is { Length: > 0 })
            where.Add("origin <> ''"); // says to the planner that the partial index holds all of them
        if (filter.From is { } from)
            Add("created_at >= @from", "from", from.Ms());
        if (filter.To is { } to)
            Add("created_at < @to", "to", to.Ms());
        return (where, parameters);

        void Add(string condition, string name, object value)
        {
            where.Add(condition);
            parameters.Add(name, value);
        }

        void Is(string column, string? value)
        {
            if (value is not null)
                Add($"{column} = @{column}", column, value);
        }

        void Any(string column, IReadOnlyCollection<string>? values, string several = "")
        {
            if (values is { Count: 1 })
                Is(column, values.First()); // a plain equality lets the index give the order as well
            else if (values is not null)
                Add(several + dialect.In(column, column), column, values.ToArray());
        }
    }
}
