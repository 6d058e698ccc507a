using Dapper;
using Vigil.Cron;
using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Cron;

internal sealed class ScheduleStore(IDatabase database) : IScheduleStore
{
    public Task<bool> AddAsync(Schedule schedule, NewEvent added, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        if (await ScheduleWrites.InsertAsync(db, schedule) == 0)
            return false;
        db.Append(added);
        return true;
    }, cancellationToken);

    public Task<Schedule?> GetAsync(string id, CancellationToken cancellationToken)
        => database.ReadAsync(async db => (await db.FirstAsync<ScheduleRow>($"SELECT {ScheduleRow.Columns} FROM schedule WHERE id = @id", new { id }))?.ToSchedule(), cancellationToken);

    public Task<Page<Schedule>> ListAsync(ScheduleFilter filter, string? after, int limit, CancellationToken cancellationToken) => database.ReadAsync(async db =>
    {
        var where = new List<string>();
        var parameters = new DynamicParameters();
        parameters.Add("limit", limit + 1L);
        if (after is not null)
            Add("id > @after", "after", after);
        if (filter.Agents is { Count: 1 } one)
            Add("agent = @agent", "agent", one.First().Value);
        else if (filter.Agents is { } many)
            Add(db.Dialect.In("agent", "agents"), "agents", many.Select(agent => agent.Value).ToArray());
        if (filter.Name is { } name)
            Add("name = @name", "name", name);
        if (!filter.IncludeEnded)
            where.Add("ended_at IS NULL");
        var rows = await db.QueryAsync<ScheduleRow>(
            $"SELECT {ScheduleRow.Columns} FROM schedule{(where.Count == 0 ? "" : " WHERE " + string.Join(" AND ", where))} ORDER BY id LIMIT @limit", parameters);
        return new Page<Schedule>([.. rows.Take(limit).Select(row => row.ToSchedule())], rows.Count > limit ? rows[limit - 1].Id : null);

        void Add(string condition, string parameter, object value)
        {
            where.Add(condition);
            parameters.Add(parameter, value);
        }
    }, cancellationToken);

    public Task<(ScheduleChange Result, Schedule? Schedule)> ChangeAsync(string id, Func<Schedule, Schedule?> change, Func<Schedule, NewEvent> changed, CancellationToken cancellationToken)
        => database.WriteAsync<(ScheduleChange, Schedule?)>(async db =>
        {
            var row = await db.FirstAsync<ScheduleRow>($"SELECT {ScheduleRow.Columns} FROM schedule WHERE id = @id {db.Dialect.ForUpdate}", new { id });
            if (row is null)
                return (ScheduleChange.NotFound, null);
            var before = row.ToSchedule();
            if (change(before) is not { } after)
                return (ScheduleChange.Unchanged, before);
            if (after.Name != before.Name && await db.ScalarAsync<string>("SELECT id FROM schedule WHERE agent = @agent AND name = @name", new { agent = after.Agent.Value, name = after.Name }) is not null)
                return (ScheduleChange.NameTaken, before);
            await ScheduleWrites.UpdateAsync(db, after);
            db.Append(changed(after));
            return (ScheduleChange.Changed, after);
        }, cancellationToken);

    public Task<bool> RemoveAsync(string id, NewEvent removed, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        if (await db.ExecuteAsync("DELETE FROM schedule WHERE id = @id", new { id }) == 0)
            return false;
        await db.ExecuteAsync("DELETE FROM schedule_slot WHERE schedule = @id", new { id });
        db.Append(removed);
        return true;
    }, cancellationToken);

    public Task<SweepResult> SweepAsync(DateTimeOffset now, int limit, ISweepPlan plan, CancellationToken cancellationToken)
        => Sweeping.HasWorkAsync(database, now, limit, plan, cancellationToken);

    public Task<int> PruneHistoryAsync(int keep, CancellationToken cancellationToken) => CronHistory.PruneAsync(database, keep, cancellationToken);
}
