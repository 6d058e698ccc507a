using Microsoft.Extensions.AI;
using Vigil.Models;

namespace Vigil.Embedding;

/// <summary>The chat client that the app has, as the provider <c>app</c>.</summary>
internal sealed class AppClientKind(IServiceProvider services) : IProviderKind
{
    public const string Name = "app";

    private const string Own = "default";

    /// <summary>The client's own model; any other name after the slash is handed to the client.</summary>
    public const string Model = $"{Name}/{Own}";

    public string Kind => Name;

    public IChatClient Create(ProviderOptions options)
        => services.GetService(typeof(IChatClient)) is IChatClient client
            ? new AppClient(client)
            : throw new ModelFailureException(new ModelFailure(ModelFailureKind.NoModel, "The app has registered no IChatClient.", options.Name, ""));

    // Nobody disposes it: the app's client is the container's.
    private sealed class AppClient(IChatClient client) : DelegatingChatClient(client)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => base.GetResponseAsync(messages, WithoutName(options), cancellationToken);

        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => base.GetStreamingResponseAsync(messages, WithoutName(options), cancellationToken);

        private static ChatOptions? WithoutName(ChatOptions? options)
        {
            if (options?.ModelId != Own)
                return options;
            var own = options.Clone();
            own.ModelId = null;
            return own;
        }
    }
}
