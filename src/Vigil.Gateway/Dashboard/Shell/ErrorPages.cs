using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Errors;
using Vigil.Gateway.Errors;

namespace Vigil.Gateway.Dashboard.Shell;

public sealed record ErrorModel(int Status, string Message, string? Hint, string RequestId);

/// <summary>Errors for people who look at pages.</summary>
internal static class ErrorPages
{
    /// <summary>A page of the dashboard, or a browser that looks for one that is not there.</summary>
    public static bool Wants(HttpContext context) => PageEndpoint.Is(context)
        // The endpoint of a wrong method is one without a word of its own.
        || (context.GetEndpoint() is null or { Metadata.Count: 0 } && HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            && !context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments("/v1") && !context.Request.Path.StartsWithSegments("/hooks"));

    public static Task WriteAsync(HttpContext context, Fault fault, int status)
    {
        if (status == StatusCodes.Status405MethodNotAllowed && HttpMethods.IsGet(context.Request.Method))
        {
            // The address that a form was sent to, asked for again: the page that has the form is what is meant.
            var path = context.Request.Path.ToUriComponent();
            var above = path[..Math.Max(1, path.LastIndexOf('/'))];
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = NavPages.Of(above) is null ? "/" : above;
            return Task.CompletedTask;
        }
        return PageAnswer.WriteAsync<ErrorPage, ErrorModel>(
            context, context.RequestServices.GetRequiredService<PageFrames>().Bare(context), new ErrorModel(status, fault.Message, fault.Hint, RequestId.Of(context)), status);
    }
}
