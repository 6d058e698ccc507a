namespace Vigil.Keys;

/// <summary>Bearer keys. The store holds hashes alone.</summary>
public interface IKeyStore
{
    Task<IssuedKey> AddAsync(NewApiKey key, CancellationToken cancellationToken);

    /// <summary>Makes a key that exists outside (the file of the first key) known here; the one that is here already stays as it is, revoked or not.</summary>
    /// <exception cref="FormatException">The text is no key.</exception>
    Task<ApiKey> EnsureAsync(string plaintext, NewApiKey key, CancellationToken cancellationToken);

    /// <summary>All keys, revoked ones too, oldest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The key as it is now, or null when it was revoked since, at the latest a second ago on another node, or has expired. Cheap: for streams that must end with their key.</summary>
    ValueTask<ApiKey?> LiveAsync(string id, CancellationToken cancellationToken);

    /// <summary>The live key of this text, or null. Notes the use, at most once a minute. Another node's revocation is seen within a second.</summary>
    ValueTask<ApiKey?> FindAsync(string plaintext, CancellationToken cancellationToken);

    /// <summary>What keys of this family may spend a day in US dollars; null for no limit. The newest key decides. Cheap.</summary>
    ValueTask<decimal?> SpendPerDayAsync(string family, CancellationToken cancellationToken);

    /// <summary>A new key with the same name, rights, limits and end. The old one works for the overlap, at most to its own end; without an overlap it is refused at once. Null when there is no such live key.</summary>
    Task<IssuedKey?> RotateAsync(string id, TimeSpan overlap, CancellationToken cancellationToken);

    /// <summary>From now on it is refused. False when there is no such key or it was revoked before.</summary>
    Task<bool> RevokeAsync(string id, CancellationToken cancellationToken);
}
