using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Vigil.Bench.Api;

/// <summary>What the gateway is compared with: Kestrel and an HTTP client that hands everything on, and nothing else.</summary>
internal static class PassThroughProxy
{
    public const string Name = "api-proxy";

    public const string Listens = "Proxy listens on ";

    public static async Task RunAsync(string[] args)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrelOnLoopback();
        await using var app = builder.Build();
        var target = new Uri(args[0]);
        app.Run(context => PassAsync(context, client, target));
        await app.StartAsync();
        Console.WriteLine(Listens + app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    public static IWebHostBuilder ConfigureKestrelOnLoopback(this IWebHostBuilder host) => host.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));

    private static async Task PassAsync(HttpContext context, HttpClient client, Uri target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target, context.Request.Path.Value)) { Content = new StreamContent(context.Request.Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[16_384];
        for (int read; (read = await body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
