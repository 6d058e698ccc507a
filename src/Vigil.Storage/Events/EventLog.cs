using System.Text;
using System.Text.Json;
using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Postgres;

namespace Vigil.Storage.Events;

internal sealed class EventLog(IDatabase database) : IEventLog
{
    /// <summary>The newest id that ever was visible, pruned or not.</summary>
    public const string NewestSql = "SELECT coalesce((SELECT max(id) FROM event), (SELECT pruned_to FROM event_floor))";

    private const int PruneBatch = 1000;

    /// <summary>How many events a reader with a filter looks at in one go: tens of milliseconds. An index for each filter would make every event dearer to write.</summary>
    public long Stretch { get; init; } = 200_000;

    /// <summary>Whether something that the statement sees may not be on the disk yet. A reader must not learn of an id that a power cut could give to another event.</summary>
    private string Unflushed => database.Dialect.Pick(sqlite: "0", postgres: "pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()");

    public async Task<IReadOnlyList<long>> AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
            return [];
        var written = await database.WriteAsync(db =>
        {
            db.Append(events);
            return Task.FromResult(db);
        }, cancellationToken);
        return written.EventIds;
    }

    public Task<IReadOnlyList<VigilEvent>> ReadAsync(long after, int limit, EventFilter? filter, CancellationToken cancellationToken)
        => database.ReadAsync(db => ReadAsync(db, after, long.MaxValue, limit, filter), cancellationToken);

    public Task<EventPart> ReadPartAsync(long after, int limit, EventFilter? filter, CancellationToken cancellationToken) => database.ReadAsync(async db =>
    {
        // Before the events: what is newest now, and all before it, can be read.
        var range = await RangeAsync(db);
        // Ids have no holes from the oldest one on. One work's events have an index, and without a filter the limit ends the walk.
        var isBounded = filter is { Work: null } and not { Agents: null, TypePrefix: null };
        var until = isBounded ? Math.Min(range.Newest, Math.Max(after, range.Oldest - 1) + Stretch) : range.Newest;
        var events = await ReadAsync(db, after, until, limit, filter);
        return events.Count == limit
            ? new EventPart(events, events[^1].Id, events[^1].Id >= range.Newest)
            : new EventPart(events, Math.Max(after, until), until >= range.Newest);
    }, cancellationToken);

    private async Task<IReadOnlyList<VigilEvent>> ReadAsync(Db db, long after, long until, int limit, EventFilter? filter)
    {
        var sql = new StringBuilder("SELECT id, at, type, source, agent, work, payload, ").Append(Unflushed).Append(" AS unflushed FROM event WHERE id > @after AND id <= @until");
        if (filter?.Agents is not null)
            sql.Append(" AND ").Append(database.Dialect.In("agent", "agents"));
        if (filter?.Work is not null)
            sql.Append(" AND work = @Work");
        if (filter?.TypePrefix is not null)
            sql.Append(" AND substr(type, 1, length(@TypePrefix)) = @TypePrefix");
        sql.Append(" ORDER BY id LIMIT @limit");
        var parameters = new { after, until, limit = (long)limit, agents = filter?.Agents?.ToArray(), filter?.Work, filter?.TypePrefix };
        var rows = await db.QueryAsync<EventRow>(sql.ToString(), parameters);
        if (rows.Any(row => row.Unflushed))
            await db.ExecuteAsync(PostgresFlush.Sql);
        return Events(rows);
    }

    public Task<EventRange> RangeAsync(CancellationToken cancellationToken) => database.ReadAsync(RangeAsync, cancellationToken);

    private async Task<EventRange> RangeAsync(Db db)
    {
        var row = await db.FirstAsync<RangeRow>($"SELECT (SELECT min(id) FROM event) AS oldest, ({NewestSql}) AS newest, {Unflushed} AS unflushed");
        if (row!.Unflushed)
            await db.ExecuteAsync(PostgresFlush.Sql);
        return new EventRange(row.Oldest ?? (row.Newest == 0 ? 0 : row.Newest + 1), row.Newest);
    }

    public Task WaitAsync(long after, CancellationToken cancellationToken) => database.Watch.WaitAsync(after, cancellationToken);

    /// <summary>Cuts off the oldest end, so that what is kept has no holes. Each batch is a write of its own: others go in between.</summary>
    public async Task<int> PruneAsync(DateTimeOffset before, long keep, CancellationToken cancellationToken)
    {
        var deleted = 0;
        while (true)
        {
            var batch = await database.WriteAsync(db => PruneBatchAsync(db, before.Ms(), keep), cancellationToken);
            deleted += batch;
            if (batch < PruneBatch)
                return deleted;
        }
    }

    private static async Task<int> PruneBatchAsync(Db db, long before, long keep)
    {
        var cut = await db.ScalarAsync<long>(NewestSql) - keep;
        var oldest = await db.QueryAsync<EventAge>("SELECT id, at FROM event ORDER BY id LIMIT @limit", new { limit = (long)PruneBatch });
        var last = oldest.TakeWhile(e => e.At < before || e.Id <= cut).LastOrDefault();
        if (last is null)
            return 0;
        await db.ExecuteAsync("UPDATE event_floor SET pruned_to = @Id WHERE pruned_to < @Id", new { last.Id });
        return await db.ExecuteAsync("DELETE FROM event WHERE id <= @Id", new { last.Id });
    }

    private static List<VigilEvent> Events(IReadOnlyList<EventRow> rows)
    {
        var events = new List<VigilEvent>(rows.Count);
        foreach (var row in rows)
            events.Add(new VigilEvent(row.Id, row.At.At(), row.Type, row.Source, row.Agent, row.Work, JsonElement.Parse(row.Payload)));
        return events;
    }

    private sealed record EventRow
    {
        public required long Id { get; init; }

        public required long At { get; init; }

        public required string Type { get; init; }

        public required string Source { get; init; }

        public string? Agent { get; init; }

        public string? Work { get; init; }

        public required string Payload { get; init; }

        public required bool Unflushed { get; init; }
    }

    private sealed record EventAge(long Id, long At);

    // Properties, not constructor parameters: of a computed column that is null SQLite does not know the type, and Dapper then finds no constructor.
    private sealed record RangeRow
    {
        public long? Oldest { get; init; }

        public required long Newest { get; init; }

        public required bool Unflushed { get; init; }
    }
}
