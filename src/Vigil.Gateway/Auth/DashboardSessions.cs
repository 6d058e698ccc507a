using System.Collections.Concurrent;
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
public sealed class DashboardSessions(ISignInStore store, IKeyStore keys, TimeProvider time)
{
    private readonly ISignInStore _store = store;
    private readonly IKeyStore _keys = keys;
    private readonly TimeProvider _time = time;

    /// <summary>How long a browser stays signed in.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    public const string Cookie = "vigil_session";

    /// <summary>How long a stream may go on after its session was ended on another node.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(20);

    /// <summary>Hashes of the cookies whose sessions were ended here: their streams end at once.</summary>
    private readonly ConcurrentDictionary<string, byte> _ended = new(StringComparer.Ordinal);

    private readonly Lock _gate = new();
    private DateTimeOffset _lookedAt = DateTimeOffset.MinValue;
    private Task<Living>? _look;

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
        {
            await _store.EndAsync(secret, context.RequestAborted);
            _ended.TryAdd(KeyText.Hash(secret), 0);
        }
        context.Response.Cookies.Delete(Cookie, Options(context));
    }

    /// <exception cref="FaultException">Signed in, but a changing request came without the page's token.</exception>
    internal async ValueTask<Caller?> CallerAsync(HttpContext context)
    {
        if (await FindAsync(context, context.RequestAborted) is not { } session)
            return null;
        if (!IsSafe(context.Request.Method) && !HasToken(context.Request, CookieOf(context)!) && !await HasFieldAsync(context, CookieOf(context)!))
            throw new FaultException(new Fault("csrf", "The page's token is missing.", $"Reload the page; its requests carry {CsrfHeader}.", CsrfHeader) { Kind = FaultKind.Forbidden });
        var key = session.KeyId is { } id ? await _keys.LiveAsync(id, context.RequestAborted) : null;
        return session.KeyId is not null && key is null
            ? null
            : new Caller(key, true, new OpenSession(this, KeyText.Hash(CookieOf(context)!), session).IsGoodAsync);
    }

    private static string? CookieOf(HttpContext context) => context.Request.Cookies.TryGetValue(Cookie, out var secret) && secret.Length is > 0 and <= 200 ? secret : null;

    private async Task<DashboardSession?> FindAsync(HttpContext context, CancellationToken cancellationToken)
        => CookieOf(context) is { } secret ? await _store.FindAsync(secret, cancellationToken) : null;

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

    /// <summary>What all streams share: the store is read for the first that finds it too old.</summary>
    private Task<Living> LivingAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_look is null or { IsFaulted: true } || now - _lookedAt >= s_lookAgain)
                (_lookedAt, _look) = (now, LookAsync(now));
            return _look.WaitAsync(cancellationToken);
        }
    }

    // Several wait for it: it does not end with one of them.
    private async Task<Living> LookAsync(DateTimeOffset now) => new(now, await _store.LivingAsync(CancellationToken.None));

    private sealed record Living(DateTimeOffset ReadAt, IReadOnlySet<string> Sessions);

    /// <summary>What a stream asks each second. Many open pages ask the store no more often than one.</summary>
    private sealed class OpenSession(DashboardSessions sessions, string hash, DashboardSession session)
    {
        private readonly DateTimeOffset _since = sessions._time.GetUtcNow();

        public async ValueTask<bool> IsGoodAsync(CancellationToken cancellationToken)
        {
            var now = sessions._time.GetUtcNow();
            if (now >= session.ExpiresAt || sessions._ended.ContainsKey(hash))
                return false;
            if (session.KeyId is { } key && await sessions._keys.LiveAsync(key, cancellationToken) is null)
                return false;
            var living = await sessions.LivingAsync(now, cancellationToken);
            // A look from before this session was found says nothing about it.
            return living.ReadAt <= _since || living.Sessions.Contains(session.Id);
        }
    }
}
