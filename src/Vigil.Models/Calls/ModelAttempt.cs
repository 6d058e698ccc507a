using Microsoft.Extensions.AI;

namespace Vigil.Models.Calls;

/// <summary>What one try came to: a reply, or a failure and whether words had reached the caller before it.</summary>
internal sealed record Attempt(ModelReply? Reply, ModelFailure? Failure, bool Spoken)
{
    public static Attempt Failed(ModelFailure failure, bool spoken = false) => new(null, failure, spoken);
}

/// <summary>One try of one model.</summary>
internal sealed class ModelAttempt(IChatClient client, ModelCall call, ModelName model, TimeProvider time, long started, Func<ChatResponseUpdate, ValueTask>? onUpdate)
{
    /// <summary>Ten times what today's models can say in one answer. Words are held until the end, several times over.</summary>
    internal const int MostLetters = 8 * 1024 * 1024;

    private readonly List<ChatResponseUpdate> _updates = [];
    private TimeSpan? _firstToken;
    private bool _spoken;
    private long _letters;

    public async Task<Attempt> RunAsync(CancellationToken cancellationToken)
    {
        // A copy for this try: the model is set here and on nothing that anyone else can see.
        var options = call.Options.Clone();
        options.ModelId = model.Model;
        await using var updates = client.GetStreamingResponseAsync(call.Messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                    break;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && Failure(e) is { } failure)
            {
                return Attempt.Failed(failure, _spoken);
            }

            await TakeAsync(updates.Current);
            if (_letters > MostLetters)
                return Attempt.Failed(new ModelFailure(ModelFailureKind.Unknown, $"The provider's answer did not end within {MostLetters} letters.", model.Provider, model.Model), _spoken);
        }

        return Assemble();
    }

    private async ValueTask TakeAsync(ChatResponseUpdate update)
    {
        _updates.Add(update);
        foreach (var content in update.Contents)
        {
            _letters += content switch { TextContent text => text.Text.Length, TextReasoningContent thought => thought.Text.Length, _ => 0 };
            _spoken |= content is TextContent { Text.Length: > 0 } or FunctionCallContent;
            if (_firstToken is null && (_spoken || content is TextReasoningContent { Text.Length: > 0 }))
                _firstToken = time.GetElapsedTime(started);
        }

        if (onUpdate is not null)
            await onUpdate(update);
    }

    private Attempt Assemble()
    {
        var response = _updates.ToChatResponse();
        var message = new ChatMessage(ChatRole.Assistant, [.. response.Messages.SelectMany(part => part.Contents)]) { MessageId = response.ResponseId };
        if (!_spoken && response.FinishReason == ChatFinishReason.ContentFilter)
            return Attempt.Failed(new ModelFailure(ModelFailureKind.ContentRefused, "The provider refused the content.", model.Provider, model.Model));
        // Silence with a finish reason is an answer; without one it is a broken connection.
        if (message.Contents.Count == 0 && response.FinishReason is null)
            return Attempt.Failed(new ModelFailure(ModelFailureKind.Network, "The provider's answer held nothing.", model.Provider, model.Model));
        return new Attempt(new ModelReply
        {
            Message = message,
            Finish = response.FinishReason,
            ModelUsed = $"{model.Provider}/{response.ModelId ?? model.Model}",
            InputTokens = response.Usage?.InputTokenCount ?? 0,
            CachedInputTokens = response.Usage?.CachedInputTokenCount ?? 0,
            OutputTokens = response.Usage?.OutputTokenCount ?? 0,
            FirstToken = _firstToken,
        }, null, _spoken);
    }

    private ModelFailure? Failure(Exception e) => e switch
    {
        ModelFailureException known => known.Failure with { Provider = model.Provider, Model = model.Model },
        OperationCanceledException or TimeoutException => new ModelFailure(ModelFailureKind.Timeout, "The provider ran out of time.", model.Provider, model.Model),
        IOException or HttpRequestException => new ModelFailure(ModelFailureKind.Network, "The connection to the provider broke.", model.Provider, model.Model),
        // An extension's client may throw anything. Its text stays out of the failure: it may hold the request.
        _ => new ModelFailure(ModelFailureKind.Unknown, $"The provider's client failed ({e.GetType().Name}).", model.Provider, model.Model),
    };
}
