using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>One sentence that survives the redirect after a change. It travels in a cookie of half a minute, so that no address holds it.</summary>
internal static class Flash
{
    /// <summary>Fetches of <c>live.js</c> carry it.</summary>
    public const string LiveHeader = "X-Vigil-Live";

    private const string Cookie = "vigil_flash";
    private const int Longest = 300;

    public static void Set(HttpContext context, string text)
        => context.Response.Cookies.Append(Cookie, WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text.Length <= Longest ? text : text[..Longest])), Options(context));

    public static string? Take(HttpContext context)
    {
        if (!context.Request.Cookies.TryGetValue(Cookie, out var value) || value.Length > Longest * 6)
            return null;
        context.Response.Cookies.Delete(Cookie, Options(context));
        try
        {
            return Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(value));
        }
        catch (FormatException)
        {
            // Somebody else's cookie of that name: there is nothing to tell.
            return null;
        }
    }

    private static CookieOptions Options(HttpContext context)
        => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = TimeSpan.FromSeconds(30) };
}
