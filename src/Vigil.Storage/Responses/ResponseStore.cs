using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Api;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Responses;

internal sealed class ResponseStore(IDatabase database, TimeProvider time) : IResponses
{
    public Task AddAsync(StoredResponse response, CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync(
            "INSERT INTO response (id, agent, session, previous, created_at, messages, json) VALUES (@Id, @agent, @session, @Previous, @at, @messages, @json)",
            new
            {
                response.Id,
                agent = response.Agent.Value,
                session = response.Session?.Value,
                response.Previous,
                at = response.CreatedAt.Ms(),
                messages = RowText.Storable(RowJson.OfMessages(response.Messages)),
                json = RowText.Storable(response.Json),
            }), cancellationToken);

    public async Task<StoredResponse?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(db => db.FirstAsync<Row>("SELECT id, agent, session, previous, created_at, messages, json FROM response WHERE id = @id", new { id }), cancellationToken);
        return row is null
            ? null
            : new StoredResponse(row.Id, AgentId.Parse(row.Agent), row.Session is null ? null : SessionKey.Parse(row.Session), row.Previous, row.CreatedAt.At(), RowJson.Messages(row.Messages), row.Json);
    }

    public async Task<IReadOnlyList<ChatMessage>> HistoryAsync(string id, CancellationToken cancellationToken)
    {
        var chain = await database.ReadAsync(db => db.QueryAsync<string>(
            """
            WITH RECURSIVE chain (previous, messages, depth) AS (
              SELECT previous, messages, 1 FROM response WHERE id = @id
              UNION ALL
              SELECT r.previous, r.messages, chain.depth + 1 FROM response r JOIN chain ON r.id = chain.previous
            )
            SELECT messages FROM chain ORDER BY depth DESC
            """, new { id }), cancellationToken);
        return [.. chain.SelectMany(RowJson.Messages)];
    }

    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken)
        => database.WriteAsync(async db => await db.ExecuteAsync("DELETE FROM response WHERE id = @id", new { id }) > 0, cancellationToken);

    public Task<int> PruneAsync(CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync("DELETE FROM response WHERE created_at <= @before", new { before = (time.GetUtcNow() - IResponses.Life).Ms() }), cancellationToken);

    private sealed class Row
    {
        public string Id { get; set; } = "";

        public string Agent { get; set; } = "";

        public string? Session { get; set; }

        public string? Previous { get; set; }

        public long CreatedAt { get; set; }

        public string Messages { get; set; } = "";

        public string Json { get; set; } = "";
    }
}
