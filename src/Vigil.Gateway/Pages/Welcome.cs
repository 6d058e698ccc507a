using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Gateway.Auth;

namespace Vigil.Gateway.Pages;

/// <summary>The front door for browsers.</summary>
internal static class Welcome
{
    public static void MapWelcome(this IEndpointRouteBuilder routes)
        => routes.MapGet("/", ShowAsync).OpenToAll().ExcludeFromDescription();

    private static async Task ShowAsync(HttpContext context, DashboardSessions sessions)
        => await PlainPage.WriteAsync(context, 200, "Vigil", await sessions.SignedInAsync(context)
            ? "This gateway is running and you are signed in. <a href=\"/openapi/v1.json\">Its API</a>."
            : "A gateway for proactive AI agents is running here. To sign in, open the link that <code>vigil up</code> printed, or run <code>vigil signin</code> for a new one.");
}
