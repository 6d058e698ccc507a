using Vigil.Agents;

namespace Vigil.Keys;

/// <summary>What a key may be used for.</summary>
[Flags]
public enum KeyScopes
{
    None = 0,

    /// <summary>Talking to agents: <c>/v1</c>.</summary>
    Chat = 1,

    /// <summary>Asking for work and looking at it.</summary>
    Work = 2,

    /// <summary>Calling webhooks.</summary>
    Hooks = 4,

    /// <summary>Everything of the admin API.</summary>
    Admin = 8,

    All = Chat | Work | Hooks | Admin,
}

/// <summary>A key as it is listed. Nothing here lets anybody use it.</summary>
public sealed record ApiKey
{
    public const string IdPrefix = "key_";

    public required string Id { get; init; }

    /// <summary>The id of the key that this one came from by rotation, or its own: limits, works and idempotency go with it.</summary>
    public required string Family { get; init; }

    public required string Name { get; init; }

    /// <summary>The first characters, by which its owner knows it again.</summary>
    public required string Prefix { get; init; }

    public required KeyScopes Scopes { get; init; }

    /// <summary>The agents it may reach; null means all.</summary>
    public IReadOnlyList<AgentId>? Agents { get; init; }

    /// <summary>The models it may name in an override; null means all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>US dollars that may be spent for it in a day; null means no limit of its own.</summary>
    public decimal? SpendPerDayUsd { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public bool IsLive(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);

    public bool MayReach(AgentId agent) => Agents is null || Agents.Contains(agent);
}

/// <summary>A key about to be made.</summary>
public sealed record NewApiKey(string Name, KeyScopes Scopes)
{
    public IReadOnlyList<AgentId>? Agents { get; init; }

    public IReadOnlyList<string>? Models { get; init; }

    public decimal? SpendPerDayUsd { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <param name="Plaintext">Shown once: only its hash is kept.</param>
public sealed record IssuedKey(ApiKey Key, string Plaintext);
