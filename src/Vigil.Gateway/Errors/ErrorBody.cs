using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Dashboard.Shell;

namespace Vigil.Gateway.Errors;

/// <summary>What an error looks like everywhere but under <c>/v1</c>.</summary>
public sealed record ErrorBody(ErrorDetail Error)
{
    /// <summary>Each fault by itself, where several were looked for at once; else absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ErrorLine>? Details { get; init; }
}

/// <summary>One of several faults.</summary>
/// <param name="Field">The field, parameter or option at fault.</param>
public sealed record ErrorLine(string Code, string Message, string? Hint, string? Field);

/// <summary>What went wrong and what to do next.</summary>
/// <param name="Code">Stable; for programs.</param>
/// <param name="Message">What is wrong; for people.</param>
/// <param name="Hint">What to do next.</param>
/// <param name="CorrelationId">The same as the header X-Request-Id; stands in the log beside the cause.</param>
public sealed record ErrorDetail(string Code, string Message, string? Hint, string CorrelationId);

/// <summary>What an error looks like under <c>/v1</c>: the shape that OpenAI's clients read.</summary>
public sealed record OpenAiErrorBody(OpenAiError Error)
{
    public string ToJson() => JsonSerializer.Serialize(this, ErrorAnswer.Json);
}

/// <summary>An error as OpenAI's clients read it.</summary>
public sealed record OpenAiError(string Message, string Type, string? Param, string Code);

/// <summary>Writes a fault in the shape of the path that it answers.</summary>
public static class ErrorAnswer
{
    // People read errors in their terminals: quotes stay quotes. No browser takes such an answer for a page, its type and nosniff see to that.
    internal static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.Never, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsOpenAi(HttpContext context) => context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);

    /// <summary>The body alone, for streams that have begun and tell their failure as an event.</summary>
    public static object Body(HttpContext context, Fault fault, int? status = null)
        => IsOpenAi(context)
            ? OpenAi(fault, status)
            : new ErrorBody(new ErrorDetail(fault.Code, fault.Message, fault.Hint, RequestId.Of(context)));

    public static OpenAiErrorBody OpenAi(Fault fault, int? status = null)
        => new(new OpenAiError(fault.Hint is null ? fault.Message : $"{fault.Message} {fault.Hint}", Type(status ?? FaultStatus.Of(fault.Kind)), fault.Parameter, fault.Code));

    public static async Task WriteAsync(HttpContext context, Fault fault, int? status = null, TimeSpan? retryAfter = null)
    {
        var response = context.Response;
        response.StatusCode = status ?? FaultStatus.Of(fault.Kind);
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(null as IFormatProvider);
        if (response.StatusCode == 401)
            response.Headers.WWWAuthenticate = "Bearer";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        if (ErrorPages.Wants(context))
        {
            await ErrorPages.WriteAsync(context, fault, response.StatusCode);
            return;
        }
        var body = Body(context, fault, response.StatusCode);
        await response.WriteAsJsonAsync(body, body.GetType(), Json, "application/json; charset=utf-8", context.RequestAborted);
    }

    private static string Type(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
