using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Settings;

namespace Vigil.Gateway.Headers;

/// <summary>Lets the web pages of <c>gateway.allowedOrigins</c> read answers, and no other. Read at each request, so a reload takes effect at once.</summary>
internal sealed class AllowedOrigins(RequestDelegate next, ISettings settings)
{
    private const string Methods = "GET, POST, PUT, PATCH, DELETE";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var headers = context.Response.Headers;
        headers.Vary = "Origin";
        if (request.Headers.Origin is not [{ Length: > 0 } origin])
            return next(context);
        var allowed = settings.Current.Gateway.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
        if (allowed)
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = $"{RequestId.Header}, Retry-After, X-Vigil-Session-Id, X-Vigil-Work-Id, X-Vigil-Run, Idempotency-Replayed";
            headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        }
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0)
            return next(context);
        if (!allowed)
            return ErrorAnswer.WriteAsync(context, new Fault(
                "origin_not_allowed", "Pages of this origin may not read answers.", "Add it to gateway.allowedOrigins.") { Kind = FaultKind.Forbidden });
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Vigil-Session-Id, X-Vigil-Chat-Id, X-Vigil-User-Id, X-Vigil-Thread-Id, X-Vigil-Model";
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
