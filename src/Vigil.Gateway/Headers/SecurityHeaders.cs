using Microsoft.AspNetCore.Http;

namespace Vigil.Gateway.Headers;

/// <summary>What every answer says to browsers and caches. A page may replace the content policy, nothing else.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string NothingAtAll = "default-src 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = NothingAtAll;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}

/// <summary>The content policy of the dashboard's pages: own scripts, styles and connections alone, nothing inline.</summary>
public static class PagePolicy
{
    private const string Value = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void Apply(HttpResponse response) => response.Headers.ContentSecurityPolicy = Value;
}
