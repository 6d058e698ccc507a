using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Vigil.Testing.Models;

/// <summary>
/// A model provider on loopback that speaks OpenAI's chat completions and Anthropic's messages, whole and streamed. It answers what is queued,
/// else what <see cref="Answer"/> says, and keeps every request as it came over the wire.
/// </summary>
public sealed class FakeModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<FakeModelReply> _queue = new();
    private readonly ConcurrentQueue<FakeModelRequest> _requests = new();
    private readonly Channel<FakeModelRequest> _arrivals = Channel.CreateUnbounded<FakeModelRequest>();
    private int _count;

    private FakeModelServer(WebApplication app, Func<FakeModelRequest, FakeModelReply> answer)
    {
        _app = app;
        Answer = answer;
        app.Run(ServeAsync);
    }

    /// <summary>For providers of kind openai: ends with /v1.</summary>
    public Uri OpenAIUrl => new(Root, "/v1");

    /// <summary>For providers of kind anthropic.</summary>
    public Uri AnthropicUrl => Root;

    /// <summary>Answers when nothing is queued.</summary>
    public Func<FakeModelRequest, FakeModelReply> Answer { get; set; }

    /// <summary>All requests so far, in order of arrival.</summary>
    public IReadOnlyList<FakeModelRequest> Requests => [.. _requests];

    private Uri Root { get; set; } = new("http://127.0.0.1");

    /// <param name="answer">Null answers "ok" to everything.</param>
    /// <param name="port">0 takes a free one.</param>
    public static async Task<FakeModelServer> StartAsync(Func<FakeModelRequest, FakeModelReply>? answer = null, int port = 0, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
        });
        var server = new FakeModelServer(builder.Build(), answer ?? (_ => FakeModelReply.Say("ok")));
        await server._app.StartAsync(cancellationToken);
        server.Root = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public FakeModelServer Enqueue(params ReadOnlySpan<FakeModelReply> replies)
    {
        foreach (var reply in replies)
            _queue.Enqueue(reply);
        return this;
    }

    public FakeModelServer Enqueue(string text) => Enqueue(FakeModelReply.Say(text));

    /// <summary>The next request that no earlier call of this method has returned; waits for it to arrive.</summary>
    public ValueTask<FakeModelRequest> NextAsync(CancellationToken cancellationToken = default) => _arrivals.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Held answers would keep a graceful stop waiting.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        FakeModelApi? api = path.EndsWith("/chat/completions", StringComparison.Ordinal) ? FakeModelApi.OpenAI
            : path.EndsWith("/messages", StringComparison.Ordinal) ? FakeModelApi.Anthropic : null;
        if (api is null || !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var request = new FakeModelRequest(Interlocked.Increment(ref _count), api.Value, path, context.Connection.Id, headers, body.ToArray());
        using var gone = context.RequestAborted.UnsafeRegister(static state => ((FakeModelRequest)state!).MarkClientGone(), request);
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        var reply = _queue.TryDequeue(out var queued) ? queued : Answer(request);
        try
        {
            await AnswerAsync(context, request, reply);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            request.MarkClientGone();
        }
    }

    private static async Task AnswerAsync(HttpContext context, FakeModelRequest request, FakeModelReply reply)
    {
        if (reply.Hold is { } hold)
            await hold.WaitAsync(context.RequestAborted);
        var response = context.Response;
        response.StatusCode = reply.Status;
        foreach (var (name, value) in reply.Headers)
            response.Headers[name] = value;
        FakeWire wire = request.Api is FakeModelApi.OpenAI ? new FakeOpenAIWire(request, reply) : new FakeAnthropicWire(request, reply);
        if (reply.RawBody is { } raw || !request.Stream)
        {
            response.ContentType = reply.ContentType ?? "application/json";
            await response.WriteAsync(reply.RawBody ?? wire.Whole(), context.RequestAborted);
            return;
        }

        response.ContentType = reply.ContentType ?? "text/event-stream";
        await StreamAsync(context, reply, wire);
    }

    private static async Task StreamAsync(HttpContext context, FakeModelReply reply, FakeWire wire)
    {
        var pieces = 0;
        // An answer shorter than announced ends as a torn connection, and unlike an abort it does not overtake what was written before.
        if (reply is { CutAfter: not null, CutQuietly: false, ErrorEvent: null })
            context.Response.ContentLength = int.MaxValue;
        await context.Response.StartAsync(context.RequestAborted);
        foreach (var (text, isPiece) in wire.Events())
        {
            if (pieces == reply.HoldAt && reply.HoldWithin is { } hold && isPiece)
                await hold.WaitAsync(context.RequestAborted);
            if (pieces == reply.CutAfter && (isPiece || pieces > 0))
            {
                if (reply.ErrorEvent is { } error)
                    await WriteAsync(context, wire.Error(error));
                return;
            }

            if (isPiece)
                pieces++;
            await WriteAsync(context, text);
        }
    }

    private static async Task WriteAsync(HttpContext context, string text)
    {
        var writer = context.Response.BodyWriter;
        Encoding.UTF8.GetBytes(text, writer);
        await writer.FlushAsync(context.RequestAborted);
    }
}
