using Vigil.Keys;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Keys;

internal sealed class SignInStore(IDatabase database, TimeProvider time) : ISignInStore
{
    private const string TokenPrefix = "vgs_";
    private const string CookiePrefix = "vgd_";

    /// <summary>Without a key, or with one that is neither revoked nor expired.</summary>
    private const string KeyIsLive = """
        (key_id IS NULL OR EXISTS (SELECT 1 FROM api_key k WHERE k.id = key_id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @now)))
        """;

    public async Task<string> IssueAsync(string? keyId, TimeSpan life, CancellationToken cancellationToken)
    {
        var token = KeyText.New(TokenPrefix);
        var expires = (time.GetUtcNow() + life).Ms();
        await database.WriteAsync(db => db.ExecuteAsync(
            "INSERT INTO sign_in (hash, key_id, expires_at) VALUES (@hash, @keyId, @expires)",
            new { hash = KeyText.Hash(token), keyId, expires }), cancellationToken);
        return token;
    }

    public async Task<OpenedSession?> RedeemAsync(string token, TimeSpan life, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var cookie = KeyText.New(CookiePrefix);
        var id = NewId.Make("dbs_", time);
        var session = await database.WriteAsync(async db =>
        {
            // The deletion decides who of several is first: the row is there for one of them.
            var spent = await db.FirstAsync<Spent>(
                $"DELETE FROM sign_in WHERE hash = @hash AND expires_at > @now AND {KeyIsLive} RETURNING hash, key_id", new { hash = KeyText.Hash(token), now = now.Ms() });
            if (spent is null)
                return null;
            var opened = new DashboardSession(id, spent.KeyId, now, now + life);
            await db.ExecuteAsync(
                "INSERT INTO dashboard_session (hash, id, key_id, created_at, expires_at) VALUES (@hash, @Id, @KeyId, @created, @expires)",
                new { hash = KeyText.Hash(cookie), opened.Id, opened.KeyId, created = opened.CreatedAt.Ms(), expires = opened.ExpiresAt.Ms() });
            return opened;
        }, cancellationToken);
        return session is null ? null : new OpenedSession(session, cookie);
    }

    public Task<DashboardSession?> FindAsync(string cookie, CancellationToken cancellationToken) => database.ReadAsync(async db =>
    {
        var row = await db.FirstAsync<SessionRow>(
            $"SELECT id, key_id, created_at, expires_at FROM dashboard_session WHERE hash = @hash AND expires_at > @now AND {KeyIsLive}",
            new { hash = KeyText.Hash(cookie), now = time.GetUtcNow().Ms() });
        return row is null ? null : new DashboardSession(row.Id, row.KeyId, row.CreatedAt.At(), row.ExpiresAt.At());
    }, cancellationToken);

    public Task<IReadOnlySet<string>> LivingAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlySet<string>>(async db =>
        (await db.QueryAsync<string>($"SELECT id FROM dashboard_session WHERE expires_at > @now AND {KeyIsLive}", new { now = time.GetUtcNow().Ms() })).ToHashSet(StringComparer.Ordinal),
        cancellationToken);

    public Task<bool> EndAsync(string cookie, CancellationToken cancellationToken)
        => database.WriteAsync(async db => await db.ExecuteAsync("DELETE FROM dashboard_session WHERE hash = @hash", new { hash = KeyText.Hash(cookie) }) == 1, cancellationToken);

    public Task<int> PruneAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().Ms();
        return database.WriteAsync(async db =>
            await db.ExecuteAsync("DELETE FROM sign_in WHERE expires_at <= @now", new { now })
            + await db.ExecuteAsync("DELETE FROM dashboard_session WHERE expires_at <= @now", new { now }), cancellationToken);
    }

    private sealed record Spent
    {
        public required string Hash { get; init; }

        public string? KeyId { get; init; }
    }

    private sealed record SessionRow
    {
        public required string Id { get; init; }

        public string? KeyId { get; init; }

        public required long CreatedAt { get; init; }

        public required long ExpiresAt { get; init; }
    }
}
