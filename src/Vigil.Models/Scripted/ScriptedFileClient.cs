using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Models.Http;

namespace Vigil.Models.Scripted;

internal sealed class ScriptedFileClient(ProviderOptions options, string file, TimeProvider time) : IChatClient
{
    private readonly Lock _lock = new();
    private Script? _script;
    private DateTime _writtenAt;
    private int[] _used = [];
    private int _calls;

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? chat = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var history = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var (rule, number) = Take(history);
        if (rule.DelayMs > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(rule.DelayMs), time, cancellationToken);
        if (rule.Error is { } error)
        {
            var retryAfter = error.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            throw new ModelFailureException(FailureReader.FromStatus(options, error.Status, error.Message, retryAfter));
        }

        var id = $"scripted-{number}";
        var model = Name(rule.Model ?? chat?.ModelId ?? "");
        if (rule.Reasoning is { } reasoning)
            yield return Update([new TextReasoningContent(reasoning)]);
        foreach (var piece in Pieces(rule.Reply ?? ""))
            yield return Update([new TextContent(piece)]);
        var last = Update([.. rule.ToolCalls.Select((call, i) => Call(call, $"{id}-{i}"))]);
        last.Contents.Add(new UsageContent(Usage(rule, history)));
        last.FinishReason = rule.Finish is { } finish ? new ChatFinishReason(finish) : rule.ToolCalls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        yield return last;

        ChatResponseUpdate Update(IList<AIContent> contents) => new(ChatRole.Assistant, contents)
        {
            ResponseId = id,
            MessageId = id,
            ModelId = model,
            AdditionalProperties = new() { ["scripted"] = true },
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private (ScriptRule Rule, int Number) Take(IReadOnlyList<ChatMessage> history)
    {
        var said = history.LastOrDefault(message => message.Role == ChatRole.User)?.Text ?? "";
        var tool = LastTool(history);
        lock (_lock)
        {
            var script = LoadNeedsLock();
            for (var i = 0; i < script.Replies.Count; i++)
            {
                var rule = script.Replies[i];
                if ((rule.Times > 0 && _used[i] >= rule.Times) || !rule.Fits(said, tool))
                    continue;
                _used[i]++;
                return (rule, ++_calls);
            }
        }

        throw Failed("The script has no reply left that fits.");
    }

    // A changed file starts over, so that a demo can be rewritten while the gateway runs.
    private Script LoadNeedsLock()
    {
        try
        {
            var writtenAt = File.GetLastWriteTimeUtc(file);
            if (_script is null || writtenAt != _writtenAt)
            {
                _script = Script.Parse(File.ReadAllText(file));
                _used = new int[_script.Replies.Count];
                _writtenAt = writtenAt;
            }

            return _script;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed($"The script {Path.GetFileName(file)} cannot be read.", e);
        }
        catch (JsonException e)
        {
            throw Failed($"The script {Path.GetFileName(file)} is wrong: {e.Message}", e);
        }
    }

    private ModelFailureException Failed(string message, Exception? inner = null)
        => new(new ModelFailure(ModelFailureKind.BadRequest, message, options.Name, ""), inner);

    // Whatever it plays, nobody shall take it for a real model.
    private string Name(string model)
        => model.Contains("scripted", StringComparison.OrdinalIgnoreCase) || options.Name.Contains("scripted", StringComparison.OrdinalIgnoreCase) ? model : $"scripted/{model}";

    private static string? LastTool(IReadOnlyList<ChatMessage> history)
    {
        var result = history.Count > 0 && history[^1].Role == ChatRole.Tool ? history[^1].Contents.OfType<FunctionResultContent>().LastOrDefault() : null;
        return result is null ? null : history.SelectMany(message => message.Contents).OfType<FunctionCallContent>().LastOrDefault(call => call.CallId == result.CallId)?.Name;
    }

    private static FunctionCallContent Call(ScriptedToolCall call, string id)
        => new(call.Id ?? id, call.Name, call.Arguments.ToDictionary(argument => argument.Key, argument => (object?)argument.Value));

    private static UsageDetails Usage(ScriptRule rule, IReadOnlyList<ChatMessage> history)
    {
        var usage = rule.Usage ?? new ScriptedUsage(history.Sum(message => message.Text.Length) / 4, (rule.Reply?.Length ?? 0) / 4);
        return new UsageDetails
        {
            InputTokenCount = usage.Input,
            CachedInputTokenCount = usage.CachedInput,
            OutputTokenCount = usage.Output,
            TotalTokenCount = usage.Input + usage.Output,
        };
    }

    private static IEnumerable<string> Pieces(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf(' ', start);
            end = end < 0 ? text.Length : end + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
