using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Errors;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Pages;
using Vigil.Keys;

namespace Vigil.Gateway.Auth;

/// <summary>Lets a request through to its endpoint when its key or session may use it. It runs before anything of the body is read.</summary>
internal sealed class Authentication(RequestDelegate next, IKeyStore keys, DashboardSessions sessions, FailedSignIns failures)
{
    private const string Scheme = "Bearer ";

    // One text for no key, a wrong one and another scheme: it tells nothing about which keys exist.
    private static readonly Fault s_unauthenticated = new(
        "unauthenticated", "This needs a key.", "Send 'Authorization: Bearer vgl_…'; 'vigil key add NAME' makes one.") { Kind = FaultKind.Unauthenticated };

    private static readonly Fault s_keyInQuery = new(
        "key_in_query", "A key stands in the address, where logs keep it.", "Send it as 'Authorization: Bearer …', and revoke this one.");

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Query.Any(pair => pair.Value.Any(value => value?.Contains(KeyText.KeyPrefix, StringComparison.Ordinal) == true)))
        {
            await ErrorAnswer.WriteAsync(context, s_keyInQuery);
            return;
        }
        var access = context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>();
        if (access is { Open: true } || access?.OpenWhen?.Invoke(context) == true)
        {
            await next(context);
            return;
        }
        if (await CallerAsync(context) is not { } caller)
        {
            if (PageEndpoint.Is(context))
            {
                await LeadToSignInAsync(context);
                return;
            }
            var wait = failures.Add(context.Connection.RemoteIpAddress);
            await (wait is null
                ? ErrorAnswer.WriteAsync(context, s_unauthenticated)
                : ErrorAnswer.WriteAsync(
                    context, new Fault("too_many_wrong_keys", "Too many wrong keys from this address.", "Wait, then send a right one.") { Kind = FaultKind.TooMany }, retryAfter: wait));
            return;
        }
        if (Refusal(context, access, caller) is { } refusal)
        {
            await ErrorAnswer.WriteAsync(context, refusal);
            return;
        }
        context.Features.Set(caller);
        await next(context);
    }

    // The cookie is strict: a click on another site's link to a page comes without it although somebody is signed in. Asked for again from here, it comes along.
    private static Task LeadToSignInAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Site"] == "cross-site")
            return PlainPage.WriteAsync(context, 200, "Opening", "<a href=\"/\">Go on</a>", refresh: HtmlEncoder.Default.Encode(request.PathBase + request.Path + request.QueryString));
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/signin";
        return Task.CompletedTask;
    }

    private static Fault? Refusal(HttpContext context, EndpointAccess? access, Caller caller)
    {
        // Unknown paths and wrong methods are told to anybody with a key; only a real endpoint can be forgotten, and then it stays shut.
        if (access is null)
            return context.GetEndpoint() is RouteEndpoint
                ? new Fault("forbidden", "Nobody may use this path.") { Kind = FaultKind.Forbidden }
                : null;
        var missing = access.Scope & ~caller.Scopes;
        return missing == KeyScopes.None
            ? null
            : new Fault(
                "missing_scope", $"This key lacks the scope '{missing.ToString().ToLowerInvariant()}'.", "Use a key that has it: 'vigil key add NAME --scope …'.") { Kind = FaultKind.Forbidden };
    }

    private async ValueTask<Caller?> CallerAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (header.Count == 0)
            return await sessions.CallerAsync(context);
        if (header is not [{ } value] || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var secret = value[Scheme.Length..].Trim();
        if (!KeyText.IsKey(secret))
            return null;
        return await keys.FindAsync(secret, context.RequestAborted) is { } key
            ? new Caller(key, false, async cancellationToken => await keys.LiveAsync(key.Id, cancellationToken) is not null)
            : null;
    }
}
