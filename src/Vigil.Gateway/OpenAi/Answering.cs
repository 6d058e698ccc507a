using Microsoft.AspNetCore.Http;
using Vigil.Api;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Streams;

namespace Vigil.Gateway.OpenAi;

/// <summary>Runs a turn for a caller: it waits for a slot, ends with its caller, or, with an Idempotency-Key, runs once and is told as often as it is asked for.</summary>
internal sealed class Answering(TurnSlots slots, KeptAnswers kept, SpendLimit spend)
{
    private const string Replayed = "Idempotency-Replayed";
    private const string ShouldRetry = "X-Should-Retry";

    public async Task AnswerAsync(HttpContext context, IAnswer answer, VigilHeaders headers, string model, string bodyHash)
    {
        var caller = Caller.Of(context);
        if (headers.IdempotencyKey is not { } key)
        {
            using var slot = await EnterAsync();
            SetHeaders(context, answer.Headers);
            await SendAsync(context, answer.IsStream, answer.RunAsync);
            return;
        }
        var request = new IdempotentRequest(caller.Id, key, context.Request.Path.Value!, model, Chosen(headers), bodyHash);
        var got = await kept.GetAsync(request, answer, EnterAsync, context.RequestAborted);
        SetHeaders(context, got.Headers);
        if (got.IsReplay)
            context.Response.Headers[Replayed] = "true";
        await SendAsync(context, answer.IsStream, (sink, cancellationToken) => FollowAsync(got.Transcript, sink, cancellationToken));

        // Only for a turn that will run: an answer that is kept already costs nothing.
        async Task<IDisposable> EnterAsync()
        {
            await spend.RequireAsync(caller, answer.Agent, context.RequestAborted);
            return await slots.EnterAsync(caller.Id, context.RequestAborted);
        }
    }

    private static async Task<Fault?> FollowAsync(Transcript transcript, IAnswerSink sink, CancellationToken cancellationToken)
    {
        await foreach (var frame in transcript.ReadAsync(cancellationToken))
            await sink.SendAsync(frame);
        return transcript.Fault;
    }

    private static async Task SendAsync(HttpContext context, bool isStream, Func<IAnswerSink, CancellationToken, Task<Fault?>> run)
    {
        if (isStream)
            await SseStream.RunAsync(context, (stream, cancellationToken) => RunAsync(context, new ConnectionSink(context, stream, cancellationToken), run, cancellationToken), isAnswer: true);
        else
            await RunAsync(context, new ConnectionSink(context, null, context.RequestAborted), run, context.RequestAborted);
    }

    private static async Task RunAsync(HttpContext context, ConnectionSink sink, Func<IAnswerSink, CancellationToken, Task<Fault?>> run, CancellationToken cancellationToken)
    {
        if (await run(sink, cancellationToken) is not { } fault || sink.HasBegun)
            return;
        // OpenAI's clients repeat what failed with a 5xx by themselves. The provider has been asked again already, and tools of the agent may have done things.
        context.Response.Headers[ShouldRetry] = "false";
        throw new FaultException(fault);
    }

    private static void SetHeaders(HttpContext context, IReadOnlyDictionary<string, string> headers)
    {
        foreach (var (name, value) in headers)
            context.Response.Headers[name] = value;
    }

    private static string Chosen(VigilHeaders headers)
        => string.Join('\n', headers.SessionId, headers.ChatId, headers.UserId, headers.ThreadId, headers.Model);
}
