using System.Text.Json;
using Vigil.Agents;
using Vigil.Keys;
using Vigil.Storage.Engine;
using Vigil.Storage.Ledger;

namespace Vigil.Storage.Keys;

/// <summary>A row of <c>api_key</c>.</summary>
internal sealed record KeyRow
{
    public const string Columns = "id, name, prefix, hash, scopes, agents, models, created_at, expires_at, last_used_at, revoked_at, family, spend_per_day";

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Prefix { get; init; }

    public required string Hash { get; init; }

    public required long Scopes { get; init; }

    public string? Agents { get; init; }

    public string? Models { get; init; }

    public required long CreatedAt { get; init; }

    public long? ExpiresAt { get; init; }

    public long? LastUsedAt { get; init; }

    public long? RevokedAt { get; init; }

    /// <summary>Null for a key that came from no other.</summary>
    public string? Family { get; init; }

    public long? SpendPerDay { get; init; }

    public static KeyRow Of(string plaintext, NewApiKey key, TimeProvider time) => new()
    {
        Id = NewId.Make(ApiKey.IdPrefix, time),
        Name = key.Name,
        Prefix = KeyText.Shown(plaintext),
        Hash = KeyText.Hash(plaintext),
        Scopes = (long)key.Scopes,
        Agents = key.Agents is null ? null : JsonSerializer.Serialize(key.Agents.Select(a => a.Value)),
        Models = key.Models is null ? null : JsonSerializer.Serialize(key.Models),
        CreatedAt = time.GetUtcNow().Ms(),
        ExpiresAt = key.ExpiresAt.Ms(),
        SpendPerDay = LedgerWrites.ToUnits(key.SpendPerDayUsd),
    };

    public ApiKey ToKey() => new()
    {
        Id = Id,
        Family = Family ?? Id,
        SpendPerDayUsd = SpendPerDay is { } units ? LedgerWrites.ToUsd(units) : null,
        Name = Name,
        Prefix = Prefix,
        Scopes = (KeyScopes)Scopes,
        Agents = Agents is null ? null : [.. JsonSerializer.Deserialize<string[]>(Agents)!.Select(a => AgentId.Parse(a))],
        Models = Models is null ? null : JsonSerializer.Deserialize<string[]>(Models),
        CreatedAt = CreatedAt.At(),
        ExpiresAt = ExpiresAt.At(),
        LastUsedAt = LastUsedAt.At(),
        RevokedAt = RevokedAt.At(),
    };
}
