using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using Vigil.Models.Http;

namespace Vigil.Models.OpenAI;

/// <summary>Any server that speaks OpenAI's chat completions.</summary>
internal sealed class OpenAIKind(ProviderSockets sockets) : IProviderKind
{
    public static Uri PublicAddress { get; } = new("https://api.openai.com/v1");

    public string Kind => "openai";

    public IChatClient Create(ProviderOptions options)
    {
        var endpoint = options.BaseUrl ?? PublicAddress;
        var settings = new OpenAIClientOptions
        {
            Endpoint = endpoint,
            Transport = new HttpClientPipelineTransport(sockets.Client(options)),
            // Retry and timeouts are decided in one place for all kinds.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
#pragma warning disable OPENAI001 // The constructor that takes a policy: the key one refuses the empty key of a local server.
        var client = new ChatClient("named-in-each-request", new Key(options.ApiKey), settings);
#pragma warning restore OPENAI001
        return new OpenAIChatClient(client, options, new ChatRequestWriter(options.Name, ownService: IsOpenAI(endpoint)));
    }

    private static bool IsOpenAI(Uri endpoint)
        => endpoint.Host.EndsWith(".openai.com", StringComparison.OrdinalIgnoreCase) || endpoint.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase);

    private sealed class Key(string? value) : AuthenticationPolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Sign(message);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Sign(message);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }

        private void Sign(PipelineMessage message)
        {
            if (value is not null)
                message.Request.Headers.Set("Authorization", $"Bearer {value}");
        }
    }
}
