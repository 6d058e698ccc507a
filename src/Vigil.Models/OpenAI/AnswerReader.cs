using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Models.Http;

namespace Vigil.Models.OpenAI;

/// <summary>Reads the chunks of one answer, or a whole answer as its only chunk. Tolerant of what compatible servers leave out, strict about an answer that never came to its end.</summary>
internal sealed class AnswerReader(ProviderOptions options)
{
    /// <summary>On reasoning content: the member that it came in and the provider that sent it, for sending it back within a tool loop.</summary>
    public const string ReasoningMember = "vigil.reasoningMember";
    public const string ReasoningProvider = "vigil.reasoningProvider";

    private static readonly string[] s_reasoningMembers = ["reasoning_content", "reasoning"];

    private readonly ToolCallAssembly _calls = new();
    private string? _id;
    private string? _model;
    private UsageDetails? _usage;
    private ChatFinishReason? _finish;
    private bool _anyChoice;
    private string _halfText = "";
    private string _halfReasoning = "";

    public IEnumerable<ChatResponseUpdate> Read(JsonElement chunk)
    {
        if (chunk.ValueKind is not JsonValueKind.Object)
            throw new JsonException("An answer is an object.");
        if (chunk.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object or JsonValueKind.String)
            throw new ModelFailureException(FailureReader.FromEvent(options, chunk.GetRawText()));
        _id ??= Text(chunk, "id");
        _model = Text(chunk, "model") ?? _model;
        // Some servers repeat a running total in each chunk: the last one counts.
        if (Member(chunk, "usage", JsonValueKind.Object) is { } usage)
            _usage = Usage(usage);
        if (Member(chunk, "choices", JsonValueKind.Array) is not { } choices || choices.GetArrayLength() == 0)
            yield break;

        _anyChoice = true;
        var choice = choices[0];
        if (Member(choice, "error", JsonValueKind.Object) is { } broken)
            throw new ModelFailureException(FailureReader.FromEvent(options, broken.GetRawText()));
        if (Text(choice, "finish_reason") is { Length: > 0 } reason)
            _finish = reason is "function_call" ? ChatFinishReason.ToolCalls : new ChatFinishReason(reason);
        if ((Member(choice, "delta", JsonValueKind.Object) ?? Member(choice, "message", JsonValueKind.Object)) is not { } delta)
            yield break;

        foreach (var content in Contents(delta))
            yield return Update([content]);
        if (Member(delta, "tool_calls", JsonValueKind.Array) is { } calls)
            foreach (var call in calls.EnumerateArray())
                _calls.Add(call);
    }

    /// <summary>What is known only at the end: whole tool calls, the finish reason, the usage.</summary>
    /// <exception cref="ModelFailureException">The answer broke off or held nothing.</exception>
    public IEnumerable<ChatResponseUpdate> End()
    {
        if (!_anyChoice)
            throw new ModelFailureException(FailureReader.Network(options, "The provider's answer held no choice."));
        if (_finish is null)
            throw new ModelFailureException(FailureReader.Network(options, "The provider's answer broke off."));
        var contents = _calls.Finish();
        if (_usage is not null)
            contents.Add(new UsageContent(_usage));
        var last = Update(contents);
        last.FinishReason = _finish;
        return [last];
    }

    private ChatResponseUpdate Update(IList<AIContent> contents)
        => new(ChatRole.Assistant, contents) { ResponseId = _id, MessageId = _id, ModelId = _model };

    private IEnumerable<AIContent> Contents(JsonElement delta)
    {
        foreach (var member in s_reasoningMembers)
        {
            if (Member(delta, member, JsonValueKind.String) is not { } thought || ModelText.Join(ref _halfReasoning, ModelText.Read(thought)) is not { Length: > 0 } reasoning)
                continue;
            yield return Reasoning(reasoning, member);
            // Servers that send both members send the same words twice.
            break;
        }

        if (!delta.TryGetProperty("content", out var content))
            yield break;
        if (content.ValueKind is JsonValueKind.String && ModelText.Join(ref _halfText, ModelText.Read(content)) is { Length: > 0 } text)
            yield return new TextContent(text);
        if (content.ValueKind is not JsonValueKind.Array)
            yield break;
        foreach (var part in content.EnumerateArray().Where(part => part.ValueKind is JsonValueKind.Object))
            if (Text(part, "text") is { Length: > 0 } words)
                yield return new TextContent(words);
            else if (Member(part, "thinking", JsonValueKind.Array) is { } thinking)
                yield return Reasoning(string.Concat(thinking.EnumerateArray().Select(piece => Text(piece, "text"))), member: null);
    }

    private TextReasoningContent Reasoning(string text, string? member)
    {
        var content = new TextReasoningContent(text);
        if (member is not null)
            content.AdditionalProperties = new() { [ReasoningMember] = member, [ReasoningProvider] = options.Name };
        return content;
    }

    private static UsageDetails Usage(JsonElement usage)
    {
        var input = Number(usage, "prompt_tokens");
        var output = Number(usage, "completion_tokens");
        var cached = Member(usage, "prompt_tokens_details", JsonValueKind.Object) is { } details ? Number(details, "cached_tokens") : null;
        var reasoning = Member(usage, "completion_tokens_details", JsonValueKind.Object) is { } more ? Number(more, "reasoning_tokens") : null;
        return new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = Number(usage, "total_tokens") ?? input + output,
            CachedInputTokenCount = cached ?? Number(usage, "prompt_cache_hit_tokens"),
            ReasoningTokenCount = reasoning,
        };
    }

    private static JsonElement? Member(JsonElement element, string name, JsonValueKind kind)
        => element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    private static string? Text(JsonElement element, string name) => Member(element, name, JsonValueKind.String) is { } text ? ModelText.Whole(ModelText.Read(text)) : null;

    private static long? Number(JsonElement element, string name)
        => Member(element, name, JsonValueKind.Number) is { } value && value.TryGetInt64(out var number) ? number : null;
}
