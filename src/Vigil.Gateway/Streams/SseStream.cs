using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Errors;

namespace Vigil.Gateway.Streams;

/// <summary>
/// A stream of server-sent events. It belongs to one reader and has its own pace; comments keep it open through silence. It ends when its
/// body ends, the reader leaves, the gateway stops, or the reader's key or session is no longer good.
/// </summary>
public sealed class SseStream : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private static readonly Fault s_noLongerGood = new("unauthenticated", "The key was revoked or ran out while the answer was on its way.", "Use another key, and send the request again.")
    {
        Kind = FaultKind.Unauthenticated,
    };

    private readonly HttpResponse _response;
    private readonly TimeProvider _time;
    private readonly bool _isAnswer;
    private readonly SemaphoreSlim _turn = new(1);
    private long _lastWrite;

    private SseStream(HttpResponse response, TimeProvider time, bool isAnswer)
    {
        _response = response;
        _isAnswer = isAnswer;
        _time = time;
        _lastWrite = time.GetTimestamp();
    }

    /// <summary>Whether the head is out: from then on a failure can only be told as an event.</summary>
    public bool HasBegun => _response.HasStarted;

    /// <summary>Answers with a stream. What the body throws before its first event is an ordinary error answer.</summary>
    /// <param name="isAnswer">The stream is the answer to one request: while the gateway stops it goes on like any other running request, and it opens by itself after a long silence.</param>
    public static async Task RunAsync(HttpContext context, Func<SseStream, CancellationToken, Task> body, bool isAnswer = false)
    {
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var end = isAnswer
            ? CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted)
            : CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var stream = new SseStream(context.Response, time, isAnswer);
        using var ticks = new PeriodicTimer(s_look, time);
        var watch = stream.WatchAsync(context, ticks, end);
        try
        {
            await body(stream, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // An end like any other: the reader knows the last id that it got. An answer that breaks off has to say so, or it would pass for a whole one.
            if (isAnswer && !context.RequestAborted.IsCancellationRequested)
                await stream.RefuseAsync(context);
        }
        finally
        {
            // Ends the watch's wait without an exception; a look that it is at ends with the token.
            ticks.Dispose();
            await end.CancelAsync();
            await watch;
        }
    }

    /// <summary>Sends the head now, so that a reader knows it is connected before anything happens.</summary>
    public Task OpenAsync(CancellationToken cancellationToken) => WriteAsync(": open\n\n", isFollowed: false, cancellationToken);

    /// <summary>Tells the reader where it stands without an event: a reconnect then continues after this id.</summary>
    public Task PositionAsync(long id, CancellationToken cancellationToken) => WriteAsync($"id: {id}\n\n", isFollowed: false, cancellationToken);

    /// <param name="id">What a reader goes on after when it comes back; null for none.</param>
    /// <param name="type">The event's name; null for none.</param>
    /// <param name="data">What is written as JSON.</param>
    /// <param name="json">How.</param>
    /// <param name="cancellationToken">Ends the wait for a slow reader.</param>
    /// <param name="isFollowed">The next event, or the end, comes at once: this one may go out with it.</param>
    public Task SendAsync<T>(string? id, string? type, T data, JsonSerializerOptions json, CancellationToken cancellationToken, bool isFollowed = false)
        => WriteAsync(Frame(id, type, JsonSerializer.Serialize(data, json)), isFollowed, cancellationToken);

    /// <param name="data">One line, as JSON written without indentation is.</param>
    /// <inheritdoc cref="SendAsync"/>
    public Task SendTextAsync(string? id, string? type, string data, CancellationToken cancellationToken, bool isFollowed = false)
        => WriteAsync(Frame(id, type, data), isFollowed, cancellationToken);

    public void Dispose() => _turn.Dispose();

    private async Task RefuseAsync(HttpContext context)
    {
        if (!HasBegun)
            throw new FaultException(s_noLongerGood);
        await SendAsync(null, "error", ErrorAnswer.Body(context, s_noLongerGood), ErrorAnswer.Json, context.RequestAborted);
    }

    private static string Frame(string? id, string? type, string data)
    {
        var frame = new StringBuilder(data.Length + 48);
        if (id is not null)
            frame.Append("id: ").Append(id).Append('\n');
        if (type is not null)
            frame.Append("event: ").Append(type).Append('\n');
        return frame.Append("data: ").Append(data).Append("\n\n").ToString();
    }

    private async Task WriteAsync(string text, bool isFollowed, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_response.HasStarted)
                await BeginAsync(cancellationToken);
            Encoding.UTF8.GetBytes(text, _response.BodyWriter);
            // The flush waits for a slow reader: it holds up this stream and nothing else, since each one reads for itself.
            if (!isFollowed)
                await _response.Body.FlushAsync(cancellationToken);
            Volatile.Write(ref _lastWrite, _time.GetTimestamp());
        }
        finally
        {
            _turn.Release();
        }
    }

    private Task BeginAsync(CancellationToken cancellationToken)
    {
        _response.StatusCode = StatusCodes.Status200OK;
        _response.ContentType = "text/event-stream";
        _response.Headers["X-Accel-Buffering"] = "no";
        _response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return _response.StartAsync(cancellationToken);
    }

    private async Task WatchAsync(HttpContext context, PeriodicTimer ticks, CancellationTokenSource end)
    {
        var caller = Caller.Find(context);
        try
        {
            while (await ticks.WaitForNextTickAsync())
            {
                if (caller is not null && !await caller.StillGoodAsync(end.Token))
                {
                    await end.CancelAsync();
                    return;
                }
                if ((_isAnswer || _response.HasStarted) && _time.GetElapsedTime(Volatile.Read(ref _lastWrite)) >= s_silence)
                    await WriteAsync(": quiet\n\n", isFollowed: false, end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The stream ended first.
        }
        catch (Exception) when (!end.IsCancellationRequested)
        {
            // The connection or the key store is gone: the stream cannot be vouched for any longer.
            await end.CancelAsync();
        }
    }
}
