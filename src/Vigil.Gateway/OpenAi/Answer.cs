using System.Buffers;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Streams;

namespace Vigil.Gateway.OpenAi;

/// <summary>Where a turn's answer goes: to the caller's connection, or into a record that callers follow.</summary>
internal interface IAnswerSink
{
    /// <summary>From now on a failure can only be told as an event.</summary>
    bool HasBegun { get; }

    ValueTask SendAsync(AnswerFrame frame);
}

/// <summary>One event of a stream, or the whole of an answer without one.</summary>
/// <param name="Type">The event's name; null for none.</param>
internal sealed record AnswerFrame(string? Type, string Data)
{
    /// <summary>The next one, or the end, comes at once: this one may go out with it.</summary>
    [JsonIgnore]
    public bool IsFollowed { get; init; }
}

/// <summary>A turn that is ready to run. Its head is known before it begins.</summary>
internal interface IAnswer
{
    bool IsStream { get; }

    /// <summary>Who answers.</summary>
    AgentId Agent { get; }

    IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Runs the turn and sends its answer. Null when it went well; a fault that was not told as an event is the caller's to report.</summary>
    Task<Fault?> RunAsync(IAnswerSink sink, CancellationToken cancellationToken);
}

/// <summary>The caller's own connection.</summary>
internal sealed class ConnectionSink(HttpContext context, SseStream? stream, CancellationToken cancellationToken) : IAnswerSink
{
    public bool HasBegun => context.Response.HasStarted;

    public async ValueTask SendAsync(AnswerFrame frame)
    {
        if (stream is not null)
        {
            await stream.SendTextAsync(null, frame.Type, frame.Data, cancellationToken, frame.IsFollowed);
            return;
        }
        // Goes out with the end of the request: by then the slot of its turn is free for the next one.
        var body = Encoding.UTF8.GetBytes(frame.Data);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        context.Response.BodyWriter.Write(body);
    }
}
