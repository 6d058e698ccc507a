using Vigil.Api;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Idempotency;

internal sealed class IdempotencyStore(IDatabase database, TimeProvider time) : IIdempotency
{
    public Task<IdempotencyState> BeginAsync(IdempotentRequest request, string node, IReadOnlyCollection<string> livingNodes, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            var now = time.GetUtcNow();
            var row = new
            {
                request.Caller,
                request.Key,
                Path = RowText.Storable(request.Path),
                Model = RowText.Storable(request.Model),
                Headers = RowText.Storable(request.Headers),
                request.BodyHash,
                node,
                now = now.Ms(),
                expires = (now + IIdempotency.Life).Ms(),
                nodes = livingNodes.ToArray(),
            };
            // Of several at once one inserts; the others see its row.
            await db.ExecuteAsync($"DELETE FROM idempotency WHERE caller = @Caller AND key = @Key AND expires_at <= @now", row);
            if (await db.ExecuteAsync(
                """
                INSERT INTO idempotency (caller, key, path, model, headers, body_hash, node, expires_at)
                VALUES (@Caller, @Key, @Path, @Model, @Headers, @BodyHash, @node, @expires) ON CONFLICT DO NOTHING
                """, row) > 0)
                return new IdempotencyState(true, null, null);
            var known = await db.FirstAsync<Row>($"SELECT path, model, headers, body_hash, answer FROM idempotency WHERE caller = @Caller AND key = @Key {db.Dialect.ForUpdate}", row);
            if (known is null)
                return new IdempotencyState(false, null, null);
            if (Differs(known, row.Path, row.Model, row.Headers, row.BodyHash) is { } differs)
                return new IdempotencyState(false, null, differs);
            if (known.Answer is not null)
                return new IdempotencyState(false, known.Answer, null);
            var taken = await db.ExecuteAsync(
                $"UPDATE idempotency SET node = @node, expires_at = @expires WHERE caller = @Caller AND key = @Key AND answer IS NULL AND NOT ({db.Dialect.In("node", "nodes")})", row);
            return new IdempotencyState(taken > 0, null, null);
        }, cancellationToken);

    public Task CompleteAsync(IdempotentRequest request, string node, string answer, CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync(
            "UPDATE idempotency SET answer = @answer, expires_at = @expires WHERE caller = @Caller AND key = @Key AND node = @node AND answer IS NULL",
            new { request.Caller, request.Key, node, answer = RowText.Storable(answer), expires = (time.GetUtcNow() + IIdempotency.Life).Ms() }), cancellationToken);

    public Task AbandonAsync(IdempotentRequest request, string node, CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync(
            "DELETE FROM idempotency WHERE caller = @Caller AND key = @Key AND node = @node AND answer IS NULL", new { request.Caller, request.Key, node }), cancellationToken);

    public Task<int> PruneAsync(CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync("DELETE FROM idempotency WHERE expires_at <= @now", new { now = time.GetUtcNow().Ms() }), cancellationToken);

    private static string? Differs(Row known, string path, string model, string headers, string bodyHash)
        => known.Path != path ? "path" : known.Model != model ? "agent" : known.Headers != headers ? "agent, session or model in the headers" : known.BodyHash != bodyHash ? "body" : null;

    private sealed class Row
    {
        public string Path { get; set; } = "";

        public string Model { get; set; } = "";

        public string Headers { get; set; } = "";

        public string BodyHash { get; set; } = "";

        public string? Answer { get; set; }
    }
}
