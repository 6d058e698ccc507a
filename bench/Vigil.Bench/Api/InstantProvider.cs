using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Vigil.Bench.Api;

/// <summary>A provider that answers at once and keeps nothing. Streams may be held after their first word.</summary>
internal sealed class InstantProvider : IAsyncDisposable
{
    private const string Whole = """{"id":"c","object":"chat.completion","created":1,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there."},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
    private const string First = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}""";
    private const string Last = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":{"content":" there."},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";

    private readonly WebApplication _app;

    private InstantProvider(WebApplication app) => _app = app;

    /// <summary>The base of its API, with <c>/v1</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Streams wait for it after their first word.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public static async Task<InstantProvider> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrelOnLoopback();
        var app = builder.Build();
        var provider = new InstantProvider(app);
        app.Run(provider.AnswerAsync);
        await app.StartAsync();
        provider.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/v1");
        return provider;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        if (!body.RootElement.TryGetProperty("stream", out var stream) || !stream.GetBoolean())
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(Whole, context.RequestAborted);
            return;
        }
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(First + "\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Hold.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync(Last + "\n\ndata: [DONE]\n\n", context.RequestAborted);
    }
}
