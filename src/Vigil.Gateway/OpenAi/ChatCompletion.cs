using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Turns;

namespace Vigil.Gateway.OpenAi;

/// <summary>One chat completion, whole or as a stream of chunks.</summary>
internal sealed class ChatCompletion(ChatTurns turns, ChatRequest request, ChosenAgent chosen, bool stream, bool withUsage, DateTimeOffset now, IReadOnlyDictionary<string, string> headers) : IAnswer
{
    private readonly string _id = "chatcmpl-" + request.RunId;

    public bool IsStream => stream;

    public AgentId Agent => chosen.Agent;

    public IReadOnlyDictionary<string, string> Headers => headers;

    public async Task<Fault?> RunAsync(IAnswerSink sink, CancellationToken cancellationToken)
    {
        var chunks = stream ? new Chunks(this, sink) : null;
        var answer = await TurnCall.RunAsync(turns, request, chunks as ITurnObserver ?? Unobserved.Instance, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (TurnCall.FaultOf(request, answer.Turn) is { } fault)
        {
            if (stream && sink.HasBegun)
                await sink.SendAsync(new AnswerFrame(null, ErrorAnswer.OpenAi(fault).ToJson()) { IsFollowed = true });
            return fault;
        }
        await (chunks is null ? sink.SendAsync(new AnswerFrame(null, Whole(answer.Turn).ToJsonString(ApiJson.Options))) : chunks.EndAsync(answer.Turn));
        return null;
    }

    private static string Finish(TurnResult turn)
        => turn.End == TurnEnd.CallerTools ? "tool_calls"
            : turn.Finish == ChatFinishReason.Length ? "length"
            : turn.Finish == ChatFinishReason.ContentFilter ? "content_filter"
            : "stop";

    private static JsonObject Usage(TurnUsage usage) => new()
    {
        ["prompt_tokens"] = usage.InputTokens,
        ["completion_tokens"] = usage.OutputTokens,
        ["total_tokens"] = usage.InputTokens + usage.OutputTokens,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.CachedInputTokens },
    };

    private static JsonArray ToolCalls(IReadOnlyList<FunctionCallContent> calls, bool numbered)
    {
        var list = new JsonArray();
        foreach (var call in calls)
        {
            var one = new JsonObject
            {
                ["id"] = call.CallId,
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = TurnCall.Arguments(call) },
            };
            if (numbered)
                one.Insert(0, "index", list.Count);
            list.Add((JsonNode)one);
        }
        return list;
    }

    private JsonObject Head(string kind) => new() { ["id"] = _id, ["object"] = kind, ["created"] = now.ToUnixTimeSeconds(), ["model"] = chosen.Model };

    private JsonObject Whole(TurnResult turn)
    {
        var text = TurnCall.Text(request, turn);
        var calls = TurnCall.Calls(request, turn);
        var message = new JsonObject { ["role"] = "assistant", ["content"] = text.Length > 0 || calls.Count == 0 ? text : null, ["refusal"] = null };
        if (calls.Count > 0)
            message["tool_calls"] = ToolCalls(calls, numbered: false);
        var answer = Head("chat.completion");
        answer["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["logprobs"] = null, ["finish_reason"] = Finish(turn) });
        answer["usage"] = Usage(turn.Usage);
        return answer;
    }

    /// <summary>The stream as it is written. Text of a later step, after tools, begins a new paragraph, as it does in the whole answer.</summary>
    private sealed class Chunks(ChatCompletion completion, IAnswerSink sink) : ITurnObserver
    {
        private readonly StringBuilder _text = new();
        private bool _begun;
        private bool _newParagraph;

        public async ValueTask TextAsync(string text)
        {
            if (_newParagraph && _text.Length > 0)
                text = "\n\n" + text;
            _newParagraph = false;
            _text.Append(text);
            await BeginAsync();
            await DeltaAsync(new JsonObject { ["content"] = text }, null, isFollowed: false);
        }

        public ValueTask ToolStartedAsync(string name, string summary)
        {
            _newParagraph = true;
            return ValueTask.CompletedTask;
        }

        public async ValueTask EndAsync(TurnResult turn)
        {
            if (_text.Length == 0 && TurnCall.Text(completion.Request, turn) is { Length: > 0 } text)
                await TextAsync(text);
            await BeginAsync();
            if (TurnCall.Calls(completion.Request, turn) is { Count: > 0 } calls)
                await DeltaAsync(new JsonObject { ["tool_calls"] = ToolCalls(calls, numbered: true) }, null, isFollowed: true);
            await DeltaAsync([], Finish(turn), isFollowed: true);
            if (completion.WithUsage)
            {
                var last = completion.Head("chat.completion.chunk");
                last["choices"] = new JsonArray();
                last["usage"] = Usage(turn.Usage);
                await sink.SendAsync(new AnswerFrame(null, last.ToJsonString(ApiJson.Options)) { IsFollowed = true });
            }
            await sink.SendAsync(new AnswerFrame(null, "[DONE]") { IsFollowed = true });
        }

        private ValueTask BeginAsync()
        {
            if (_begun)
                return ValueTask.CompletedTask;
            _begun = true;
            return DeltaAsync(new JsonObject { ["role"] = "assistant", ["content"] = "" }, null, isFollowed: true);
        }

        private ValueTask DeltaAsync(JsonObject delta, string? finish, bool isFollowed)
        {
            var chunk = completion.Head("chat.completion.chunk");
            chunk["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finish });
            if (completion.WithUsage)
                chunk["usage"] = null;
            return sink.SendAsync(new AnswerFrame(null, chunk.ToJsonString(ApiJson.Options)) { IsFollowed = isFollowed });
        }
    }

    private ChatRequest Request => request;

    private bool WithUsage => withUsage;
}

/// <summary>For an answer that is told at the end.</summary>
internal sealed class Unobserved : ITurnObserver
{
    public static Unobserved Instance { get; } = new();
}
