using System.Text.Json.Nodes;

namespace Vigil.Testing.Models;

internal sealed class FakeOpenAIWire(FakeModelRequest request, FakeModelReply reply) : FakeWire(request, reply)
{
    private string Finish => Reply.Finish ?? (Reply.ToolCalls.Count > 0 ? "tool_calls" : "stop");

    private JsonObject Usage => new()
    {
        ["prompt_tokens"] = Reply.InputTokens,
        ["completion_tokens"] = Reply.OutputTokens,
        ["total_tokens"] = Reply.InputTokens + Reply.OutputTokens,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = Reply.CachedInputTokens },
    };

    public override string Whole()
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = Reply.Text.Length > 0 || Reply.ToolCalls.Count == 0 ? Reply.Text : null };
        if (Reply.Reasoning is { } reasoning)
            message["reasoning_content"] = reasoning;
        if (Reply.ToolCalls.Count > 0)
            message["tool_calls"] = new JsonArray([.. Reply.ToolCalls.Select((call, i) => Call(i, call.Name, call.Arguments))]);
        var choice = new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = Finish };
        var answer = Chunk("chat.completion", Reply.NoChoices ? [] : [choice]);
        answer["usage"] = Usage;
        return Json(answer);
    }

    public override IEnumerable<(string Text, bool IsPiece)> Events()
    {
        if (Reply.NoChoices)
        {
            yield return (Event(Chunk("chat.completion.chunk", [])), false);
            yield return ("data: [DONE]\n\n", false);
            yield break;
        }

        yield return (Delta(new JsonObject { ["role"] = "assistant", ["content"] = "" }), false);
        if (Reply.Reasoning is { } reasoning)
            yield return (Delta(new JsonObject { ["reasoning_content"] = reasoning }), true);
        foreach (var word in Words())
            yield return (Delta(new JsonObject { ["content"] = word }), true);
        for (var i = 0; i < Reply.ToolCalls.Count; i++)
        {
            yield return (Delta(new JsonObject { ["tool_calls"] = new JsonArray(Call(i, Reply.ToolCalls[i].Name, "")) }), true);
            foreach (var fragment in Fragments(Reply.ToolCalls[i].Arguments))
                yield return (Delta(new JsonObject { ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = i, ["function"] = new JsonObject { ["arguments"] = fragment } }) }), false);
        }

        yield return (Event(Chunk("chat.completion.chunk", [new JsonObject { ["index"] = 0, ["delta"] = new JsonObject(), ["finish_reason"] = Finish }])), false);
        if (Request.Json.TryGetProperty("stream_options", out var options) && options.TryGetProperty("include_usage", out var wanted) && wanted.GetBoolean())
        {
            var usage = Chunk("chat.completion.chunk", []);
            usage["usage"] = Usage;
            yield return (Event(usage), false);
        }

        yield return ("data: [DONE]\n\n", false);
    }

    public override string Error(string json) => $"data: {json}\n\n";

    private static string Event(JsonObject chunk) => $"data: {Json(chunk)}\n\n";

    private string Delta(JsonObject delta)
        => Event(Chunk("chat.completion.chunk", [new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = null }]));

    private JsonObject Chunk(string kind, JsonNode[] choices)
        => new() { ["id"] = Id, ["object"] = kind, ["created"] = 0, ["model"] = Model, ["choices"] = new JsonArray(choices) };

    private JsonObject Call(int index, string name, string arguments) => new()
    {
        ["index"] = index,
        ["id"] = CallId(index),
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments },
    };
}
