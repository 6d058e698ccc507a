using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Keys;

namespace Vigil.Gateway.Auth;

/// <summary>
/// The dashboard's side of signing in: the cookie, and the token that a page must send along when it changes something. The token
/// is derived from the cookie, so another site, which can make a browser send the cookie, cannot know it.
/// </summary>
public sealed class DashboardSessions(ISignInStore store, IKeyStore keys)
{
    /// <summary>How long a browser stays signed in.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    public const string Cookie = "vigil_session";

    /// <summary>Pages send the token of <see cref="CsrfToken"/> in this header.</summary>
    public const string CsrfHeader = "X-Vigil-Csrf";

    /// <summary>The token for the page of this request; null when nobody is signed in.</summary>
    public static string? CsrfToken(HttpContext context)
        => CookieOf(context) is { } secret ? TokenFor(secret) : null;

    /// <summary>Whether the request comes from a signed-in browser.</summary>
    public async ValueTask<bool> SignedInAsync(HttpContext context) => await FindAsync(context, context.RequestAborted) is not null;

    internal void SetCookie(HttpContext context, string secret) => context.Response.Cookies.Append(Cookie, secret, Options(context));

    internal async Task CloseAsync(HttpContext context)
    {
        if (CookieOf(context) is { } secret)
            await store.EndAsync(secret, context.RequestAborted);
        context.Response.Cookies.Delete(Cookie, Options(context));
    }

    /// <exception cref="FaultException">Signed in, but a changing request came without the page's token.</exception>
    internal async ValueTask<Caller?> CallerAsync(HttpContext context)
    {
        if (await FindAsync(context, context.RequestAborted) is not { } session)
            return null;
        if (!IsSafe(context.Request.Method) && !HasToken(context.Request, CookieOf(context)!) && !await HasFieldAsync(context, CookieOf(context)!))
            throw new FaultException(new Fault("csrf", "The page's token is missing.", $"Reload the page; its requests carry {CsrfHeader}.", CsrfHeader) { Kind = FaultKind.Forbidden });
        var key = session.KeyId is { } id ? await keys.LiveAsync(id, context.RequestAborted) : null;
        return session.KeyId is not null && key is null
            ? null
            : new Caller(key, true, async cancellationToken => await FindAsync(context, cancellationToken) is not null);
    }

    private static string? CookieOf(HttpContext context) => context.Request.Cookies.TryGetValue(Cookie, out var secret) && secret.Length is > 0 and <= 200 ? secret : null;

    private async Task<DashboardSession?> FindAsync(HttpContext context, CancellationToken cancellationToken)
        => CookieOf(context) is { } secret ? await store.FindAsync(secret, cancellationToken) : null;

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool HasToken(HttpRequest request, string secret) => request.Headers[CsrfHeader] is [{ } sent] && IsToken(sent, secret);

    // Only the dashboard's own forms: elsewhere nothing of a body is read before the caller is known.
    private static async ValueTask<bool> HasFieldAsync(HttpContext context, string secret)
        => PageEndpoint.Is(context) && context.Request.HasFormContentType
           && (await context.Request.ReadFormAsync(context.RequestAborted))[PageEndpoint.CsrfField] is [{ } sent] && IsToken(sent, secret);

    private static bool IsToken(string sent, string secret) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(TokenFor(secret)));

    internal static string TokenFor(string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "vigil csrf"u8));

    private static CookieOptions Options(HttpContext context)
        => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", IsEssential = true, MaxAge = Life };
}
