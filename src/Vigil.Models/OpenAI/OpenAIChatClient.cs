using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using Vigil.Models.Http;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Vigil.Models.OpenAI;

/// <summary>
/// OpenAI's SDK carries the request (address, key, pipeline); the JSON on both ways is ours, because the SDK's types drop what compatible servers
/// add (reasoning) and fail on what they do differently (finish reasons, arguments). See docs/decisions/0003-openai-wire.md.
/// </summary>
internal sealed class OpenAIChatClient(ChatClient client, ProviderOptions options, ChatRequestWriter writer) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var body = writer.Write(messages, options, stream: false);
        return await AskAsync(body, cancellationToken).Translate(Unreadable, cancellationToken);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var body = writer.Write(messages, options, stream: true);
        return StreamAsync(body, cancellationToken).Translate(Unreadable, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
        => serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(options.Name)
            : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private async Task<ChatResponse> AskAsync(BinaryData body, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(body, cancellationToken);
        using var document = await JsonDocument.ParseAsync(Content(response), cancellationToken: cancellationToken);
        var answer = new AnswerReader(options);
        ChatResponseUpdate[] updates = [.. answer.Read(document.RootElement), .. answer.End()];
        return updates.ToChatResponse();
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(BinaryData body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await SendAsync(body, cancellationToken);
        var content = Content(response);
        var answer = new AnswerReader(options);
        if (response.Headers.TryGetValue("Content-Type", out var type) && type?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true)
        {
            // A server that cannot stream answers whole.
            using var document = await JsonDocument.ParseAsync(content, cancellationToken: cancellationToken);
            foreach (var update in answer.Read(document.RootElement))
                yield return update;
        }
        else
        {
            await foreach (var item in SseParser.Create(content).EnumerateAsync(cancellationToken))
            {
                if (item.Data is "[DONE]")
                    break;
                if (item.Data.Length == 0)
                    continue;
                using var document = JsonDocument.Parse(item.Data);
                foreach (var update in answer.Read(document.RootElement))
                    yield return update;
            }
        }

        foreach (var update in answer.End())
            yield return update;
    }

    private async Task<PipelineResponse> SendAsync(BinaryData body, CancellationToken cancellationToken)
    {
        using var content = BinaryContent.Create(body);
        var result = await client.CompleteChatAsync(content, new RequestOptions { BufferResponse = false, CancellationToken = cancellationToken });
        return result.GetRawResponse();
    }

    private static Stream Content(PipelineResponse response) => response.ContentStream ?? Stream.Null;

    private ModelFailure? Unreadable(Exception e) => e switch
    {
        JsonException => FailureReader.Network(options, "The provider's answer could not be read."),
        OperationCanceledException or IOException or HttpRequestException or ClientResultException => FailureReader.Network(options, "The connection to the provider broke."),
        _ => null,
    };
}
