using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Gateway.Headers;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>Answers of pages. A page is drawn whole before its first byte goes out: a failure is an error page and never half a page.</summary>
internal static class PageAnswer
{
    /// <param name="at">Where a page that answers a form is looked at again.</param>
    public static IResult Show<TPage, TModel>(TModel model, int status = StatusCodes.Status200OK, string? at = null)
        where TPage : DashboardPage<TModel>
        => new Drawn<TPage, TModel>(model, status, at);

    /// <summary>After a change: tells what became of it and goes to a page.</summary>
    /// <param name="path">A path of this gateway.</param>
    public static IResult GoTo(string path, string? flash = null) => new Redirected(path, flash);

    /// <summary>The path that a form names to come back to; anything but a path of this gateway is not followed.</summary>
    public static string ReturnPath(IFormCollection form, string otherwise)
        => form["return"] is [{ Length: > 0 and < 2000 } path] && path[0] == '/' && path is not ['/', '/' or '\\', ..] && path.All(char.IsAscii) && !path.Any(char.IsControl) ? path : otherwise;

    public static async Task WriteAsync<TPage, TModel>(HttpContext context, PageFrame frame, TModel model, int status)
        where TPage : DashboardPage<TModel>
    {
        await using var renderer = new HtmlRenderer(context.RequestServices, context.RequestServices.GetRequiredService<ILoggerFactory>());
        await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = new Dictionary<string, object?> { [nameof(DashboardPage<>.Frame)] = frame, [nameof(DashboardPage<>.Model)] = model };
            var page = await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(parameters));
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/html; charset=utf-8";
            PagePolicy.Apply(context.Response);
            await context.Response.StartAsync(context.RequestAborted);
            page.WriteHtmlTo(new PageWriter(context.Response.BodyWriter));
        });
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private sealed class Drawn<TPage, TModel>(TModel model, int status, string? at) : IResult
        where TPage : DashboardPage<TModel>
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var frame = await httpContext.RequestServices.GetRequiredService<PageFrames>().MakeAsync(httpContext);
            await WriteAsync<TPage, TModel>(httpContext, frame.IsAnswer && at is not null ? frame with { Here = at } : frame, model, status);
        }
    }

    private sealed class Redirected(string path, string? flash) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (flash is not null)
                Flash.Set(httpContext, flash);
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
