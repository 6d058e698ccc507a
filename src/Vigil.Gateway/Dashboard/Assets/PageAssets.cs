using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Vigil.Gateway.Auth;

namespace Vigil.Gateway.Dashboard.Assets;

/// <summary>Stylesheet, modules and icon. They lie in the assembly: however the gateway is packed, they are with it.</summary>
internal static class PageAssets
{
    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, string> s_types = new Dictionary<string, string>
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, Asset> s_all = Load();

    /// <summary>The address of an asset as it is now; another content has another address.</summary>
    public static string Path(string name) => $"/assets/{name}?v={s_all[name].Version}";

    public static void MapAssets(this IEndpointRouteBuilder routes)
        => routes.MapGet("/assets/{name}", SendAsync).OpenToAll().ExcludeFromDescription();

    private static async Task SendAsync(HttpContext context, string name)
    {
        if (!s_all.TryGetValue(name, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = asset.Tag;
        // A module that another module imports has no version in its address and is asked for again.
        context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Version ? "private, max-age=31536000, immutable" : "no-cache";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Compare(asset.Tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = asset.Type;
        context.Response.ContentLength = asset.Bytes.Length;
        await context.Response.Body.WriteAsync(asset.Bytes, context.RequestAborted);
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(PageAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(name => name[Prefix.Length..], name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return new Asset(bytes, s_types[System.IO.Path.GetExtension(name)], Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        });
    }

    private sealed record Asset(byte[] Bytes, string Type, string Version)
    {
        public EntityTagHeaderValue Tag { get; } = new($"\"{Version}\"");
    }
}
