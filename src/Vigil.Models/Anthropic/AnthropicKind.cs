using Anthropic;
using Microsoft.Extensions.AI;
using Vigil.Models.Http;

namespace Vigil.Models.Anthropic;

/// <summary>Anthropic's messages API, or a server that speaks it, through the official SDK.</summary>
internal sealed class AnthropicKind(ProviderSockets sockets) : IProviderKind
{
    /// <summary>The API wants a limit in each request.</summary>
    public const int DefaultMaxTokens = 8192;

    public string Kind => "anthropic";

    public IChatClient Create(ProviderOptions options)
    {
        // Everything is set here, also to nothing: what is left unset the SDK would take from the process environment.
        var client = new AnthropicClient
        {
            ApiKey = options.ApiKey,
            BaseUrl = Address(options.BaseUrl),
            HttpClient = sockets.Client(WithKeyHeader(options)),
            MaxRetries = 0,
            Timeout = TimeSpan.FromDays(1),
            OpenTelemetry = false,
        };
        return new AnthropicChatClient(client.AsIChatClient(defaultModelId: null, DefaultMaxTokens), options);
    }

    // The SDK sends the key as a bearer token alone; proxies that speak this API often look for x-api-key.
    private static ProviderOptions WithKeyHeader(ProviderOptions options) => options.ApiKey is null || options.Headers.ContainsKey("x-api-key")
        ? options
        : options with { Headers = new Dictionary<string, string>(options.Headers) { ["x-api-key"] = options.ApiKey } };

    // The SDK adds /v1 itself.
    private static string Address(Uri? address)
    {
        var text = (address?.AbsoluteUri ?? "https://api.anthropic.com").TrimEnd('/');
        return text.EndsWith("/v1", StringComparison.Ordinal) ? text[..^3] : text;
    }
}
