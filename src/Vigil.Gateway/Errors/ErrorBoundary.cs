using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Vigil.Errors;
using Vigil.Models;

namespace Vigil.Gateway.Errors;

/// <summary>The one boundary of everything that comes in over HTTP: what escapes below is answered here, logged once, and never shows a trace.</summary>
internal sealed class ErrorBoundary(RequestDelegate next, TimeProvider time, ILogger<ErrorBoundary> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        RequestId.Assign(context, time);
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null } response)
                await ErrorAnswer.WriteAsync(context, FaultStatus.Describe(response.StatusCode, context.Request.Method, context.Request.Path), response.StatusCode);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer; whoever worked for the request has noted that it ended.
            logger.LogDebug("{Request} The caller hung up", RequestId.Of(context));
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var (fault, status, retryAfter) = Read(context, exception);
        if (status >= 500)
            logger.LogError(exception, "{Request} {Method} {Path} failed: {Code}", RequestId.Of(context), context.Request.Method, context.Request.Path.Value, fault.Code);
        if (context.Response.HasStarted)
        {
            // The status is out: a cut connection is the only honest sign left.
            context.Abort();
            return;
        }
        ClearBody(context.Response);
        await ErrorAnswer.WriteAsync(context, fault, status, retryAfter);
    }

    private static (Fault Fault, int Status, TimeSpan? RetryAfter) Read(HttpContext context, Exception exception) => exception switch
    {
        FaultException known => (known.Fault, FaultStatus.Of(known.Fault.Kind), known.RetryAfter ?? (known.Fault.Kind is FaultKind.TooMany or FaultKind.Unavailable ? TimeSpan.FromSeconds(1) : null)),
        ModelFailureException model when FaultStatus.Of(model.Failure) is var fault => (fault, FaultStatus.Of(fault.Kind), model.Failure.RetryAfter),
        BadHttpRequestException bad => (FaultStatus.Describe(bad.StatusCode, context.Request.Method, context.Request.Path), bad.StatusCode, null),
        _ => (FaultStatus.Internal, 500, null),
    };

    // The security headers stay: they were set for every answer, this one too.
    private static void ClearBody(HttpResponse response)
    {
        response.Headers.Remove("Content-Type");
        response.Headers.Remove("Content-Length");
        response.Headers.Remove("Content-Disposition");
    }
}
