namespace Vigil.Api;

/// <summary>Requests that came with an Idempotency-Key, and their answers, for 24 hours.</summary>
public interface IIdempotency
{
    static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>Takes the key for this node, or says what is known of it. A request whose node is not among the living is taken over.</summary>
    Task<IdempotencyState> BeginAsync(IdempotentRequest request, string node, IReadOnlyCollection<string> livingNodes, CancellationToken cancellationToken);

    /// <summary>Keeps the answer, if this node still holds the key.</summary>
    Task CompleteAsync(IdempotentRequest request, string node, string answer, CancellationToken cancellationToken);

    /// <summary>Forgets the key, if this node still holds it: what failed runs again.</summary>
    Task AbandonAsync(IdempotentRequest request, string node, CancellationToken cancellationToken);

    Task<int> PruneAsync(CancellationToken cancellationToken);
}

/// <param name="Caller">Keys of two callers never meet.</param>
/// <param name="Headers">Those that choose agent, conversation and model, as one text.</param>
public sealed record IdempotentRequest(string Caller, string Key, string Path, string Model, string Headers, string BodyHash);

/// <param name="Mine">The caller of this method runs the request now.</param>
/// <param name="Answer">The stored one; null while the request runs.</param>
/// <param name="Differs">What is not as it was the first time; null when all is.</param>
public sealed record IdempotencyState(bool Mine, string? Answer, string? Differs);
