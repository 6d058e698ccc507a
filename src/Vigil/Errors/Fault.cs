namespace Vigil.Errors;

/// <summary>
/// Something that the caller can put right, as every way in reports it: a stable code, what is wrong, and what to do next.
/// Boundaries (HTTP, CLI) turn it into their own shape; nothing in it is ever secret.
/// </summary>
/// <param name="Code">Stable, lower case, with underscores: <c>agent_not_found</c>.</param>
/// <param name="Parameter">The field, header or option at fault, if one is.</param>
public sealed record Fault(string Code, string Message, string? Hint = null, string? Parameter = null)
{
    public FaultKind Kind { get; init; } = FaultKind.Invalid;
}

/// <summary>What sort of fault it is; each boundary has one table from kind to status or exit code.</summary>
public enum FaultKind
{
    /// <summary>The input is wrong (HTTP 400, exit 2).</summary>
    Invalid,

    /// <summary>No key, or a wrong one (401).</summary>
    Unauthenticated,

    /// <summary>A key without the scope (403).</summary>
    Forbidden,

    /// <summary>No such thing, or not for this caller (404).</summary>
    NotFound,

    /// <summary>It contradicts what is there (409).</summary>
    Conflict,

    /// <summary>Too much input (413).</summary>
    TooLarge,

    /// <summary>Too many at once or too often (429).</summary>
    TooMany,

    /// <summary>The model's provider is at fault (502).</summary>
    Provider,

    /// <summary>Cannot be served now: store unusable, stopping (503).</summary>
    Unavailable,

    /// <summary>Took longer than its deadline (504).</summary>
    Timeout,
}

/// <summary>Carries a <see cref="Fault"/> to the boundary that answers it.</summary>
public class FaultException(Fault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    public Fault Fault { get; } = fault;

    public TimeSpan? RetryAfter { get; init; }
}
