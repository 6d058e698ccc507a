using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Errors;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Gateway.Dashboard.SignIn;
using Vigil.Gateway.Pages;
using Vigil.Keys;

namespace Vigil.Gateway.Auth;

internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/signin", SignInAsync).OpenToAll().ExcludeFromDescription();
        routes.MapPost("/signin", WithKeyAsync).OpenToAll().DisableAntiforgery().ExcludeFromDescription();
        routes.MapPost("/signout", SignOutAsync).RequireAnyKey().WithMetadata(new PageEndpoint()).ExcludeFromDescription();
        routes.MapPost("/api/signin-links", LinkAsync)
            .RequireScope(KeyScopes.Admin).WithTags("Gateway").WithSummary("A link that signs a browser in, once, within ten minutes.").Produces<SignInLink>();
    }

    private static async Task SignInAsync(HttpContext context, ISignInStore store, DashboardSessions sessions)
    {
        var asked = context.Request.Query["token"] is [{ } text] ? text : null;
        if (asked is null)
        {
            await ShowAsync(context, new SignInModel(), 200);
            return;
        }
        var opened = asked is { Length: > 0 and <= 200 } ? await store.RedeemAsync(asked, DashboardSessions.Life, context.RequestAborted) : null;
        if (opened is null)
        {
            await ShowAsync(context, new SignInModel("This link no longer works", "A sign-in link works once and for ten minutes."), 403);
            return;
        }
        sessions.SetCookie(context, opened.Cookie);
        // A page that goes on by itself instead of a redirect: the cookie is strict, and a redirect that began on another site would not send it.
        await PlainPage.WriteAsync(context, 200, "Signed in", "<a href=\"/\">Go on</a>", refresh: "/");
    }

    private static async Task WithKeyAsync(HttpContext context, ISignInStore store, IKeyStore keys, DashboardSessions sessions, FailedSignIns failures)
    {
        // Another site must not sign somebody's browser in.
        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin"))
            throw new FaultException(new Fault("cross_site", "Another site cannot sign in here.") { Kind = FaultKind.Forbidden });
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var text = form["key"].ToString().Trim();
        var key = KeyText.IsKey(text) ? await keys.FindAsync(text, context.RequestAborted) : null;
        var opened = key is null ? null : await store.RedeemAsync(await store.IssueAsync(key.Id, context.RequestAborted), DashboardSessions.Life, context.RequestAborted);
        if (opened is null)
        {
            var wait = failures.Add(context.Connection.RemoteIpAddress);
            await ShowAsync(context, wait is null
                ? new SignInModel("That key does not work", "A key looks like vgl_… and is shown once, when it is made. It may have been revoked.")
                : new SignInModel("Too many wrong keys", "Wait a minute, then send a right one."), wait is null ? 403 : 429);
            return;
        }
        sessions.SetCookie(context, opened.Cookie);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, DashboardSessions sessions)
    {
        await sessions.CloseAsync(context);
        return context.Request.HasFormContentType ? PageAnswer.GoTo("/signin") : Results.NoContent();
    }

    private static Task ShowAsync(HttpContext context, SignInModel model, int status)
        => PageAnswer.WriteAsync<SignInPage, SignInModel>(context, context.RequestServices.GetRequiredService<PageFrames>().Bare(context), model, status);

    private static async Task<IResult> LinkAsync(HttpContext context, ISignInStore store, CancellationToken cancellationToken)
    {
        // The session has the rights of the key that asked, and ends with it.
        var token = await store.IssueAsync(Caller.Of(context).KeyId, cancellationToken);
        return Results.Ok(new SignInLink($"{context.Request.Scheme}://{context.Request.Host}/signin?token={token}"));
    }
}

/// <summary>A link that signs a browser in once.</summary>
/// <param name="Url">Works once, for ten minutes.</param>
public sealed record SignInLink(string Url);
