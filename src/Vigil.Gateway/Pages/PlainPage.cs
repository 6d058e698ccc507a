using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Vigil.Gateway.Dashboard.Assets;

namespace Vigil.Gateway.Pages;

/// <summary>The few pages that need no dashboard: a title and a sentence, without script.</summary>
internal static class PlainPage
{
    /// <param name="html">Trusted markup; never anything that a request brought.</param>
    public static Task WriteAsync(HttpContext context, int status, string title, string html, string? refresh = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        Headers.PagePolicy.Apply(context.Response);
        var head = refresh is null ? "" : $"<meta http-equiv=\"refresh\" content=\"0;url={refresh}\">";
        var safe = HtmlEncoder.Default.Encode(title);
        return context.Response.WriteAsync(
            $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"{PageAssets.Path("icon.svg")}\"><link rel=\"stylesheet\" href=\"{PageAssets.Path("vigil.css")}\">{head}<title>{safe} · Vigil</title></head>"
            + $"<body><main><h1>{safe}</h1><p>{html}</p></main></body></html>\n",
            context.RequestAborted);
    }
}
