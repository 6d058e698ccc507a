using Vigil.Errors;
using Vigil.Models;

namespace Vigil.Gateway.Errors;

/// <summary>The one table from what went wrong to a status.</summary>
internal static class FaultStatus
{
    public static int Of(FaultKind kind) => kind switch
    {
        FaultKind.Invalid => 400,
        FaultKind.Unauthenticated => 401,
        FaultKind.Forbidden => 403,
        FaultKind.NotFound => 404,
        FaultKind.Conflict => 409,
        FaultKind.TooLarge => 413,
        FaultKind.TooMany => 429,
        FaultKind.Provider => 502,
        FaultKind.Unavailable => 503,
        FaultKind.Timeout => 504,
        _ => 500,
    };

    /// <summary>What a bare status means when nobody wrote a body for it.</summary>
    public static Fault Describe(int status, string method, string path) => status switch
    {
        400 => new Fault("bad_request", "The request cannot be read.", "Check the request line, the headers and the body."),
        404 => new Fault("not_found", $"There is nothing at {path}.", "GET /openapi/v1.json lists every path.") { Kind = FaultKind.NotFound },
        405 => new Fault("method_not_allowed", $"{path} does not take {method}.", "The header Allow says what it takes."),
        408 => new Fault("request_timeout", "The request took too long to arrive.", "Send it again.") { Kind = FaultKind.Timeout },
        411 => new Fault("length_required", "The request names no length.", "Send Content-Length or a chunked body."),
        413 => TooLarge,
        415 => new Fault("unsupported_media_type", "The body is of a type that is not read here.", "Send Content-Type: application/json."),
        _ when status >= 500 => Internal,
        _ => new Fault("bad_request", $"The request was refused with status {status}."),
    };

    public static Fault TooLarge { get; } = new("body_too_large", "The body is larger than this path takes.", "Send less: 20 MB under /v1, 256 KiB under /hooks, 1 MB elsewhere.")
    {
        Kind = FaultKind.TooLarge,
    };

    public static Fault Internal { get; } = new("internal_error", "Something went wrong inside the gateway.", "Look in its log for the correlation id.");

    /// <summary>A failed model call, told apart by whose fault it is.</summary>
    public static Fault Of(ModelFailure failure) => failure.Kind switch
    {
        ModelFailureKind.Auth => Provider("provider_auth", failure, "Check the provider's key; vigil doctor tests it."),
        ModelFailureKind.Rate => Provider("provider_rate_limited", failure, "Wait; models.fallbacks names models that step in."),
        ModelFailureKind.Overloaded or ModelFailureKind.Network => Provider("provider_unavailable", failure, "Try again; models.fallbacks names models that step in."),
        ModelFailureKind.Timeout => Provider("provider_timeout", failure, "Try again, or raise the provider's timeout.") with { Kind = FaultKind.Timeout },
        ModelFailureKind.ContextTooLong => Provider("context_length_exceeded", failure, "Send less, or start a new session.") with { Kind = FaultKind.Invalid },
        ModelFailureKind.ContentRefused => Provider("content_refused", failure, "The provider refused what was sent.") with { Kind = FaultKind.Invalid },
        ModelFailureKind.BadRequest => Provider("provider_refused", failure, "The provider refused the request; its message says why."),
        ModelFailureKind.NoModel => Provider("no_model", failure, "Set models.default or the provider's key; vigil doctor says which is missing.") with { Kind = FaultKind.Unavailable },
        _ => Provider("provider_error", failure, "Try again."),
    };

    private static Fault Provider(string code, ModelFailure failure, string hint) => new(code, failure.ToString(), hint) { Kind = FaultKind.Provider };
}
