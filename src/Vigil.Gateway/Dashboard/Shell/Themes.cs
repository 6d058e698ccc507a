using Microsoft.AspNetCore.Http;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>Light, dark, or as the system has it. Kept in a cookie, so that the first paint is right.</summary>
internal static class Themes
{
    public const string Auto = "auto";
    private const string Cookie = "vigil_theme";

    public static string Of(HttpRequest request) => request.Cookies.TryGetValue(Cookie, out var theme) && theme is "light" or "dark" ? theme : Auto;

    public static void Set(HttpContext context, string? theme)
        => context.Response.Cookies.Append(Cookie, theme is "light" or "dark" ? theme : Auto,
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = TimeSpan.FromDays(365) });
}
