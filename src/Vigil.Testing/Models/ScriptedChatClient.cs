using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Vigil.Models;

namespace Vigil.Testing.Models;

/// <summary>What a <see cref="ScriptedChatClient"/> was asked.</summary>
public sealed record ScriptedRequest(IReadOnlyList<ChatMessage> Messages, ChatOptions? Options)
{
    public string? Model => Options?.ModelId;

    public string LastUserText => Messages.LastOrDefault(message => message.Role == ChatRole.User)?.Text ?? "";
}

/// <summary>A model without a network: answers what is queued, else what <see cref="Answer"/> says. Safe for concurrent calls.</summary>
public sealed class ScriptedChatClient : IChatClient
{
    private readonly ConcurrentQueue<Func<ScriptedRequest, CancellationToken, Task<IReadOnlyList<AIContent>>>> _queue = new();
    private readonly ConcurrentQueue<ScriptedRequest> _requests = new();
    private readonly Channel<ScriptedRequest> _arrivals = Channel.CreateUnbounded<ScriptedRequest>();
    private int _count;

    /// <summary>Answers when nothing is queued; by default that is an error of the test.</summary>
    public Func<ScriptedRequest, IReadOnlyList<AIContent>> Answer { get; set; }
        = request => throw new InvalidOperationException($"The scripted model has no reply left for: {request.LastUserText}");

    public UsageDetails Usage { get; set; } = new() { InputTokenCount = 10, CachedInputTokenCount = 0, OutputTokenCount = 5, TotalTokenCount = 15 };

    /// <summary>The model that replies claim to come from; null repeats the one asked for.</summary>
    public string? ModelId { get; set; }

    public IReadOnlyList<ScriptedRequest> Requests => [.. _requests];

    public ScriptedChatClient Enqueue(string text) => Enqueue(new TextContent(text));

    public ScriptedChatClient Enqueue(params AIContent[] contents)
    {
        _queue.Enqueue((_, _) => Task.FromResult<IReadOnlyList<AIContent>>(contents));
        return this;
    }

    public ScriptedChatClient EnqueueCall(string tool, IDictionary<string, object?>? arguments = null, string? callId = null)
        => Enqueue(new FunctionCallContent(callId ?? $"call_{Interlocked.Increment(ref _count)}", tool, arguments ?? new Dictionary<string, object?>()));

    public ScriptedChatClient EnqueueFailure(ModelFailureKind kind, string message = "scripted failure", TimeSpan? retryAfter = null)
        => EnqueueFailure(new ModelFailureException(new ModelFailure(kind, message, "scripted", "scripted", RetryAfter: retryAfter)));

    public ScriptedChatClient EnqueueFailure(Exception exception)
    {
        _queue.Enqueue((_, _) => Task.FromException<IReadOnlyList<AIContent>>(exception));
        return this;
    }

    /// <summary>Replies when the source completes; a cancelled call ends at once.</summary>
    public ScriptedChatClient EnqueueWhen(Task<string> text)
    {
        _queue.Enqueue(async (_, cancellationToken) => [new TextContent(await text.WaitAsync(cancellationToken))]);
        return this;
    }

    /// <summary>The next request that no earlier call of this method has returned; waits for it to arrive.</summary>
    public ValueTask<ScriptedRequest> NextAsync(CancellationToken cancellationToken = default) => _arrivals.Reader.ReadAsync(cancellationToken);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = new ScriptedRequest([.. messages.Select(message => message.Clone())], options?.Clone());
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        var contents = _queue.TryDequeue(out var next) ? await next(request, cancellationToken) : Answer(request);
        var id = $"scripted-{Interlocked.Increment(ref _count)}";
        foreach (var content in contents)
            yield return Update(content);
        var last = Update(new UsageContent(Usage));
        last.FinishReason = contents.Any(content => content is FunctionCallContent) ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        yield return last;

        ChatResponseUpdate Update(AIContent content)
            => new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = ModelId ?? options?.ModelId ?? "scripted" };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }
}
