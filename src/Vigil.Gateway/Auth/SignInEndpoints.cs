using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Gateway.Pages;
using Vigil.Keys;

namespace Vigil.Gateway.Auth;

internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/signin", SignInAsync).OpenToAll().ExcludeFromDescription();
        routes.MapPost("/signout", SignOutAsync).RequireAnyKey().ExcludeFromDescription();
        routes.MapPost("/api/signin-links", LinkAsync)
            .RequireScope(KeyScopes.Admin).WithTags("Gateway").WithSummary("A link that signs a browser in, once, within ten minutes.").Produces<SignInLink>();
    }

    private static async Task SignInAsync(HttpContext context, ISignInStore store, DashboardSessions sessions)
    {
        var token = context.Request.Query["token"] is [{ Length: > 0 and <= 200 } text] ? text : null;
        var opened = token is null ? null : await store.RedeemAsync(token, DashboardSessions.Life, context.RequestAborted);
        if (opened is null)
        {
            await PlainPage.WriteAsync(context, 403, "This link no longer works", "A sign-in link works once and for ten minutes. <code>vigil signin</code> prints a new one.");
            return;
        }
        sessions.SetCookie(context, opened.Cookie);
        // A page that goes on by itself instead of a redirect: the cookie is strict, and a redirect that began on another site would not send it.
        await PlainPage.WriteAsync(context, 200, "Signed in", "<a href=\"/\">Go on</a>", refresh: "/");
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, DashboardSessions sessions)
    {
        await sessions.CloseAsync(context);
        return Results.NoContent();
    }

    private static async Task<IResult> LinkAsync(HttpContext context, ISignInStore store, CancellationToken cancellationToken)
    {
        // The session has the rights of the key that asked, and ends with it.
        var token = await store.IssueAsync(Caller.Of(context).KeyId, cancellationToken);
        return Results.Ok(new SignInLink($"{context.Request.Scheme}://{context.Request.Host}/signin?token={token}"));
    }
}

/// <param name="Url">Works once, for ten minutes.</param>
public sealed record SignInLink(string Url);
