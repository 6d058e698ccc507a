namespace Vigil.Models;

/// <summary>What went wrong with a model call, classified once where the provider's answer comes in.</summary>
public enum ModelFailureKind
{
    Auth,
    Rate,
    Overloaded,
    ContextTooLong,
    ContentRefused,
    BadRequest,
    Network,
    Timeout,

    /// <summary>No such provider or model, or its key is missing.</summary>
    NoModel,
    Unknown,
}

/// <param name="Message">For people: never a key, an address with credentials, or prompt text.</param>
public sealed record ModelFailure(ModelFailureKind Kind, string Message, string Provider, string Model, int? Status = null, TimeSpan? RetryAfter = null)
{
    /// <summary>The same call may work later.</summary>
    public bool IsTransient => Kind is ModelFailureKind.Rate or ModelFailureKind.Overloaded or ModelFailureKind.Network or ModelFailureKind.Timeout;

    public override string ToString() => $"{Provider}/{Model}: {Message}{(Status is { } status ? $" (status {status})" : "")}";
}

/// <summary>All tries of a model call failed.</summary>
public sealed class ModelFailureException(ModelFailure failure, Exception? inner = null) : Exception(failure.ToString(), inner)
{
    public ModelFailure Failure { get; } = failure;

    /// <summary>Every try of the call, retries and fallbacks included, in order.</summary>
    public IReadOnlyList<ModelFailure> Tries { get; init; } = [failure];
}
