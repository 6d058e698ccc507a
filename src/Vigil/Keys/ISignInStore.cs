namespace Vigil.Keys;

/// <summary>How a person gets from a link into the dashboard: a token that works once and soon, then a session in a cookie. The store holds hashes of both.</summary>
public interface ISignInStore
{
    static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    /// <summary>A new token, good for ten minutes and one use.</summary>
    /// <param name="keyId">The key whose rights, and whose end, the session shares; null for the owner of this gateway.</param>
    Task<string> IssueAsync(string? keyId, CancellationToken cancellationToken) => IssueAsync(keyId, TokenLife, cancellationToken);

    /// <summary>The same for another time, on the gateway's clock.</summary>
    Task<string> IssueAsync(string? keyId, TimeSpan life, CancellationToken cancellationToken);

    /// <summary>Spends the token. Null when it is unknown, spent, late, or its key is no longer live; of several at once one succeeds.</summary>
    Task<OpenedSession?> RedeemAsync(string token, TimeSpan life, CancellationToken cancellationToken);

    /// <summary>The session of this cookie, or null when it has ended, or its key has.</summary>
    Task<DashboardSession?> FindAsync(string cookie, CancellationToken cancellationToken);

    /// <summary>Ids of all sessions that have not ended and whose key has not: one look for all who hold a page open.</summary>
    Task<IReadOnlySet<string>> LivingAsync(CancellationToken cancellationToken);

    /// <summary>Signs out. False when there was no such session.</summary>
    Task<bool> EndAsync(string cookie, CancellationToken cancellationToken);

    /// <summary>Deletes tokens and sessions that are over.</summary>
    Task<int> PruneAsync(CancellationToken cancellationToken);
}

/// <summary>Somebody signed in to the dashboard.</summary>
public sealed record DashboardSession(string Id, string? KeyId, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <param name="Cookie">What the browser keeps; told once.</param>
public sealed record OpenedSession(DashboardSession Session, string Cookie);
