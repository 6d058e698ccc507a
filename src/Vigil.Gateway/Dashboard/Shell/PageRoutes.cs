using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Gateway.Auth;
using Vigil.Keys;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>Marks an endpoint of the dashboard: who is not signed in is led to the sign-in page, a failure is a page, and a form carries the token in a field.</summary>
internal sealed record PageEndpoint
{
    /// <summary>The field in which forms send the token of <see cref="DashboardSessions.CsrfToken"/>.</summary>
    public const string CsrfField = "csrf";

    public static bool Is(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<PageEndpoint>() is not null;
}

internal static class PageRoutes
{
    // Handlers are given to MapGet and MapPost where they are: there the generator sees them, and nothing is compiled when the gateway runs.
    public static RouteHandlerBuilder AsPage(this RouteHandlerBuilder route, KeyScopes scope = KeyScopes.Admin)
        => route.RequireScope(scope).WithMetadata(new PageEndpoint()).ExcludeFromDescription().AddEndpointFilter(NoteEventsAsync);

    /// <summary>What a form of a page does. Its token was checked before; it answers with <see cref="PageAnswer.GoTo"/>.</summary>
    public static RouteHandlerBuilder AsForm(this RouteHandlerBuilder route, KeyScopes scope = KeyScopes.Admin)
        => route.RequireScope(scope).WithMetadata(new PageEndpoint()).DisableAntiforgery().ExcludeFromDescription().AddEndpointFilter(RequireFormAsync);

    // Before anything of the page is read: what happens from here on is told by the stream, and nothing falls in between.
    private static async ValueTask<object?> NoteEventsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Items[PageFrames.SeenItem] = (await http.RequestServices.GetRequiredService<IEventLog>().RangeAsync(http.RequestAborted)).Newest;
        return await next(context);
    }

    private static async ValueTask<object?> RequireFormAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        try
        {
            if (!request.HasFormContentType)
                throw new InvalidDataException();
            await request.ReadFormAsync(context.HttpContext.RequestAborted);
        }
        catch (InvalidDataException)
        {
            throw new FaultException(new Fault("no_form", "What was sent is no form.", "Use the form of the page; programs use the routes under /api."));
        }
        return await next(context);
    }
}
