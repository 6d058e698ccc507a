using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Vigil.Errors;
using Vigil.Keys;
using Vigil.Storage.Engine;
using Vigil.Storage.Ledger;

namespace Vigil.Storage.Keys;

internal sealed class KeyStore(IDatabase database, TimeProvider time) : IKeyStore
{
    /// <summary>How long a revocation on another node may go unseen.</summary>
    private static readonly TimeSpan CacheLife = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan UseNotedEvery = TimeSpan.FromMinutes(1);

    private const string Insert = """
        INSERT INTO api_key (id, name, prefix, hash, scopes, agents, models, created_at, expires_at, family, spend_per_day)
        VALUES (@Id, @Name, @Prefix, @Hash, @Scopes, @Agents, @Models, @CreatedAt, @ExpiresAt, @Family, @SpendPerDay)
        """;

    // Known keys alone: a flood of wrong ones must not fill the memory. By hash for requests, by id for open streams.
    private readonly ConcurrentDictionary<string, Cached> _byHash = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Cached> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (long? Units, DateTimeOffset ReadAt)> _limits = new(StringComparer.Ordinal);
    private int _revocations;

    public async Task<IssuedKey> AddAsync(NewApiKey key, CancellationToken cancellationToken)
    {
        var plaintext = KeyText.NewKey();
        return new IssuedKey(await EnsureAsync(plaintext, key, cancellationToken), plaintext);
    }

    public async Task<ApiKey> EnsureAsync(string plaintext, NewApiKey key, CancellationToken cancellationToken)
    {
        if (!KeyText.IsKey(plaintext))
            throw new FormatException($"That is no key: {KeyText.KeyPrefix} and 52 letters and digits.");
        var row = KeyRow.Of(plaintext, key, time);
        var kept = await database.WriteAsync(async db =>
        {
            await db.ExecuteAsync($"{Insert} ON CONFLICT (hash) DO NOTHING", row);
            return await db.FirstAsync<KeyRow>($"SELECT {KeyRow.Columns} FROM api_key WHERE hash = @Hash", new { row.Hash });
        }, cancellationToken);
        return kept!.ToKey();
    }

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<ApiKey>>(async db =>
    {
        var rows = await db.QueryAsync<KeyRow>($"SELECT {KeyRow.Columns} FROM api_key ORDER BY created_at, id");
        return [.. rows.Select(row => row.ToKey())];
    }, cancellationToken);

    public async ValueTask<ApiKey?> LiveAsync(string id, CancellationToken cancellationToken)
    {
        var key = await LookUpAsync(_byId, id, "id", cancellationToken);
        return key?.Key.IsLive(time.GetUtcNow()) == true ? key.Key : null;
    }

    public async ValueTask<ApiKey?> FindAsync(string plaintext, CancellationToken cancellationToken)
    {
        if (!KeyText.IsKey(plaintext))
            return null;
        var hash = KeyText.Hash(plaintext);
        var found = await LookUpAsync(_byHash, hash, "hash", cancellationToken);
        var now = time.GetUtcNow();
        if (found is null || !FixedTimeEquals(found.Hash, hash) || !found.Key.IsLive(now))
            return null;
        if (!(now - found.Key.LastUsedAt < UseNotedEvery))
            await NoteUseAsync(found, now, cancellationToken);
        return found.Key;
    }

    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().Ms();
        var changed = await database.WriteAsync(
            db => db.ExecuteAsync("UPDATE api_key SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL", new { id, now }), cancellationToken);
        Forget();
        return changed == 1;
    }

    public async ValueTask<decimal?> SpendPerDayAsync(string family, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!_limits.TryGetValue(family, out var limit) || (now - limit.ReadAt).Duration() >= CacheLife)
        {
            var units = await database.ReadAsync(db => db.FirstAsync<long?>(
                "SELECT spend_per_day FROM api_key WHERE coalesce(family, id) = @family ORDER BY created_at DESC, id DESC LIMIT 1", new { family }), cancellationToken);
            _limits[family] = limit = (units, now);
        }
        return limit.Units is { } some ? LedgerWrites.ToUsd(some) : null;
    }

    public async Task<IssuedKey?> RotateAsync(string id, TimeSpan overlap, CancellationToken cancellationToken)
    {
        var plaintext = KeyText.NewKey();
        var now = time.GetUtcNow();
        var made = await database.WriteAsync(async db =>
        {
            var old = await db.FirstAsync<KeyRow>($"SELECT {KeyRow.Columns} FROM api_key WHERE id = @id {db.Dialect.ForUpdate}", new { id });
            if (old?.ToKey().IsLive(now) != true)
                return null;
            var row = old with
            {
                Id = NewId.Make(ApiKey.IdPrefix, time),
                Prefix = KeyText.Shown(plaintext),
                Hash = KeyText.Hash(plaintext),
                CreatedAt = now.Ms(),
                LastUsedAt = null,
                Family = old.Family ?? old.Id,
            };
            await db.ExecuteAsync(Insert, row);
            await db.ExecuteAsync("UPDATE api_key SET expires_at = CASE WHEN expires_at < @until THEN expires_at ELSE @until END WHERE id = @id", new { id, until = (now + overlap).Ms() });
            return row;
        }, cancellationToken);
        Forget();
        return made is null ? null : new IssuedKey(made.ToKey(), plaintext);
    }

    // The count first: a look-up that read the row before the change must not put it back.
    private void Forget()
    {
        Interlocked.Increment(ref _revocations);
        _byHash.Clear();
        _byId.Clear();
        _limits.Clear();
    }

    private async Task<Cached?> LookUpAsync(ConcurrentDictionary<string, Cached> cache, string value, string column, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (cache.TryGetValue(value, out var cached) && (now - cached.ReadAt).Duration() < CacheLife)
            return cached;
        var revocations = Volatile.Read(ref _revocations);
        var row = await database.ReadAsync(db => db.FirstAsync<KeyRow>($"SELECT {KeyRow.Columns} FROM api_key WHERE {column} = @value", new { value }), cancellationToken);
        if (row is null)
            return null;
        var fresh = new Cached(row.Hash, row.ToKey(), now);
        cache[value] = fresh;
        if (revocations != Volatile.Read(ref _revocations))
            cache.TryRemove(value, out _);
        return fresh;
    }

    private async Task NoteUseAsync(Cached found, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Of many requests at once one writes. An entry that a revocation removed meanwhile is not put back.
        if (!_byHash.TryUpdate(found.Hash, found with { Key = found.Key with { LastUsedAt = now } }, found))
            return;
        try
        {
            var before = (now - UseNotedEvery).Ms();
            await database.WriteAsync(db => db.ExecuteAsync(
                "UPDATE api_key SET last_used_at = @now WHERE id = @Id AND (last_used_at IS NULL OR last_used_at <= @before)",
                new { found.Key.Id, now = now.Ms(), before }), cancellationToken);
        }
        catch (FaultException)
        {
            // A full disk must not lock out the person who would make room: the note is lost, the key is right.
        }
    }

    private static bool FixedTimeEquals(string left, string right)
        => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));

    private sealed record Cached(string Hash, ApiKey Key, DateTimeOffset ReadAt);
}
