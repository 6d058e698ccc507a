using Vigil.Nodes;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Nodes;

internal sealed class NodeBook(IDatabase database) : INodeBook
{
    public Task SignAsync(NodeSign sign, DateTimeOffset now, TimeSpan forgetAfter, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await db.ExecuteAsync(
                $"""
                INSERT INTO gateway_node (id, host, version, started_at, last_seen, slots) VALUES (@Id, @Host, @Version, @started, {db.Dialect.Now}, @Slots)
                ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, slots = excluded.slots
                """, new { sign.Id, sign.Host, sign.Version, started = sign.StartedAt.Ms(), now = now.Ms(), Slots = (long)sign.Slots });
            await db.ExecuteAsync($"DELETE FROM gateway_node WHERE last_seen < {db.Dialect.Now} - @forgetAfter", new { now = now.Ms(), forgetAfter = (long)forgetAfter.TotalMilliseconds });
            return true;
        }, cancellationToken);

    public Task LeaveAsync(string id, CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync("DELETE FROM gateway_node WHERE id = @id", new { id }), cancellationToken);

    public async Task<IReadOnlyList<NodeEntry>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(db => db.QueryAsync<(string Id, string Host, string Version, long StartedAt, long LastSeen, long Slots, long Now)>(
            $"SELECT id, host, version, started_at, last_seen, slots, {db.Dialect.Now} FROM gateway_node ORDER BY started_at, id", new { now = now.Ms() }), cancellationToken);
        return [.. rows.Select(row => new NodeEntry(new NodeSign(row.Id, row.Host, row.Version, row.StartedAt.At(), (int)row.Slots),
            row.LastSeen.At(), TimeSpan.FromMilliseconds(Math.Max(0, row.Now - row.LastSeen))))];
    }

    public async Task<IReadOnlyDictionary<string, int>> RunningAsync(CancellationToken cancellationToken)
        => (await database.ReadAsync(db => db.QueryAsync<(string Node, long Count)>("SELECT node, count(*) FROM work WHERE state = 'running' GROUP BY node"), cancellationToken))
            .ToDictionary(row => row.Node, row => (int)row.Count, StringComparer.Ordinal);
}
