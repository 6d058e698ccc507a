using System.Text.Json.Nodes;

namespace Vigil.Testing.Models;

internal sealed class FakeAnthropicWire(FakeModelRequest request, FakeModelReply reply) : FakeWire(request, reply)
{
    private string StopReason => Reply.Finish ?? (Reply.ToolCalls.Count > 0 ? "tool_use" : "end_turn");

    public override string Whole()
    {
        var content = new JsonArray();
        if (Reply.Reasoning is { } reasoning)
            content.Add(new JsonObject { ["type"] = "thinking", ["thinking"] = reasoning, ["signature"] = "fake-signature" });
        if (Reply.Text.Length > 0)
            content.Add(new JsonObject { ["type"] = "text", ["text"] = Reply.Text });
        for (var i = 0; i < Reply.ToolCalls.Count; i++)
            content.Add(new JsonObject
            {
                ["type"] = "tool_use",
                ["id"] = CallId(i),
                ["name"] = Reply.ToolCalls[i].Name,
                ["input"] = JsonNode.Parse(Reply.ToolCalls[i].Arguments),
            });
        return Json(Message(content, StopReason, Reply.OutputTokens));
    }

    public override IEnumerable<(string Text, bool IsPiece)> Events()
    {
        yield return (Event("message_start", new JsonObject { ["message"] = Message([], null, 1) }), false);
        var index = 0;
        if (Reply.Reasoning is { } reasoning)
        {
            yield return (Start(index, new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" }), false);
            yield return (Delta(index, new JsonObject { ["type"] = "thinking_delta", ["thinking"] = reasoning }), true);
            yield return (Delta(index, new JsonObject { ["type"] = "signature_delta", ["signature"] = "fake-signature" }), false);
            yield return (Stop(index++), false);
        }

        if (Reply.Text.Length > 0)
        {
            yield return (Start(index, new JsonObject { ["type"] = "text", ["text"] = "" }), false);
            foreach (var word in Words())
                yield return (Delta(index, new JsonObject { ["type"] = "text_delta", ["text"] = word }), true);
            yield return (Stop(index++), false);
        }

        for (var i = 0; i < Reply.ToolCalls.Count; i++)
        {
            var use = new JsonObject { ["type"] = "tool_use", ["id"] = CallId(i), ["name"] = Reply.ToolCalls[i].Name, ["input"] = new JsonObject() };
            yield return (Start(index, use), true);
            foreach (var fragment in Fragments(Reply.ToolCalls[i].Arguments))
                yield return (Delta(index, new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = fragment }), false);
            yield return (Stop(index++), false);
        }

        yield return (Event("message_delta", new JsonObject
        {
            ["delta"] = new JsonObject { ["stop_reason"] = StopReason, ["stop_sequence"] = null },
            ["usage"] = new JsonObject { ["output_tokens"] = Reply.OutputTokens },
        }), false);
        yield return (Event("message_stop", []), false);
    }

    public override string Error(string json) => $"event: error\ndata: {json}\n\n";

    private static string Event(string type, JsonObject members)
    {
        members.Insert(0, "type", type);
        return $"event: {type}\ndata: {Json(members)}\n\n";
    }

    private static string Start(int index, JsonObject block) => Event("content_block_start", new JsonObject { ["index"] = index, ["content_block"] = block });

    private static string Delta(int index, JsonObject delta) => Event("content_block_delta", new JsonObject { ["index"] = index, ["delta"] = delta });

    private static string Stop(int index) => Event("content_block_stop", new JsonObject { ["index"] = index });

    private JsonObject Message(JsonArray content, string? stopReason, int outputTokens) => new()
    {
        ["id"] = Id,
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = Model,
        ["content"] = content,
        ["stop_reason"] = stopReason,
        ["stop_sequence"] = null,
        ["usage"] = new JsonObject
        {
            ["input_tokens"] = Reply.InputTokens - Reply.CachedInputTokens,
            ["cache_read_input_tokens"] = Reply.CachedInputTokens,
            ["cache_creation_input_tokens"] = 0,
            ["output_tokens"] = outputTokens,
        },
    };
}
