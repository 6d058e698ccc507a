using Microsoft.Extensions.AI;
using Vigil.Models;

namespace Vigil.Testing.Models;

/// <summary>The model caller of a test: each call is one try of the model asked for, without retry or fallback.</summary>
public sealed class ScriptedModelCaller(ScriptedChatClient client) : IModelCaller
{
    public ScriptedModelCaller()
        : this(new ScriptedChatClient())
    {
    }

    public ScriptedChatClient Client { get; } = client;

    public async Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
    {
        var options = call.Options.Clone();
        options.ModelId = call.Choice.Asked.Model;
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in Client.GetStreamingResponseAsync(call.Messages, options, cancellationToken))
        {
            updates.Add(update);
            if (onUpdate is not null)
                await onUpdate(update);
        }

        var response = updates.ToChatResponse();
        return new ModelReply
        {
            Message = response.Messages[^1],
            Finish = response.FinishReason,
            ModelUsed = $"{call.Choice.Asked.Provider}/{response.ModelId}",
            InputTokens = response.Usage?.InputTokenCount ?? 0,
            CachedInputTokens = response.Usage?.CachedInputTokenCount ?? 0,
            OutputTokens = response.Usage?.OutputTokenCount ?? 0,
            FirstToken = TimeSpan.Zero,
        };
    }
}
