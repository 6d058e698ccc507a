using System.Runtime.CompilerServices;
using System.Text.Json;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;
using Vigil.Models.Http;

namespace Vigil.Models.Anthropic;

/// <summary>The SDK's own client with cache marks on the request and our failures on the answer.</summary>
internal sealed class AnthropicChatClient(IChatClient inner, ProviderOptions options) : DelegatingChatClient(inner)
{
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => base.GetResponseAsync(CacheMarks.Apply(messages), options, cancellationToken).Translate(Failure, cancellationToken);

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
        => ToTheEndAsync(base.GetStreamingResponseAsync(CacheMarks.Apply(messages), options, cancellationToken), cancellationToken).Translate(Failure, cancellationToken);

    // A cut connection looks like a proper end to the SDK; only the stop reason tells them apart.
    private async IAsyncEnumerable<ChatResponseUpdate> ToTheEndAsync(IAsyncEnumerable<ChatResponseUpdate> updates,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ended = false;
        await foreach (var update in updates.WithCancellation(cancellationToken))
        {
            ended |= update.FinishReason is not null;
            yield return update;
        }

        if (!ended)
            throw new ModelFailureException(FailureReader.Network(options, "The provider's answer broke off."));
    }

    private ModelFailure? Failure(Exception e) => e switch
    {
        AnthropicSseException sse => FailureReader.FromEvent(options, sse.Body.ValueKind is JsonValueKind.Undefined ? sse.Message : sse.Body.GetRawText()),
        AnthropicApiException api => FailureReader.FromStatus(options, (int)api.StatusCode, api.ResponseBody, retryAfter: null),
        AnthropicIOException or IOException or HttpRequestException or OperationCanceledException => FailureReader.Network(options, "The connection to the provider broke."),
        AnthropicInvalidDataException or JsonException => FailureReader.Network(options, "The provider's answer could not be read."),
        AnthropicException => FailureReader.Network(options, "The provider's answer could not be used."),
        _ => null,
    };
}
