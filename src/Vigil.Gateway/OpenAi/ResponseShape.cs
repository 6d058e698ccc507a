using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Vigil.Errors;
using Vigil.Turns;

namespace Vigil.Gateway.OpenAi;

/// <summary>How a response looks, from its beginning to its end.</summary>
internal sealed class ResponseShape(string id, string model, DateTimeOffset now, Field body, string? previous)
{
    private static readonly string[] s_echoed = ["instructions", "max_output_tokens", "temperature", "top_p", "user"];

    public JsonObject Begun() => Of("in_progress", [], null);

    public JsonObject Ended(TurnResult turn, JsonArray output)
    {
        var cut = turn.Finish == ChatFinishReason.Length ? "max_output_tokens" : turn.Finish == ChatFinishReason.ContentFilter ? "content_filter" : null;
        var response = Of(cut is null ? "completed" : "incomplete", output, turn.Usage);
        if (cut is not null)
            response["incomplete_details"] = new JsonObject { ["reason"] = cut };
        return response;
    }

    public JsonObject Failed(Fault fault, JsonArray output)
    {
        var response = Of("failed", output, null);
        response["error"] = new JsonObject { ["code"] = fault.Code, ["message"] = fault.Hint is null ? fault.Message : $"{fault.Message} {fault.Hint}" };
        return response;
    }

    public static JsonObject Message(string item, string status, string? text) => new()
    {
        ["id"] = item,
        ["type"] = "message",
        ["status"] = status,
        ["role"] = "assistant",
        ["content"] = text is null ? [] : new JsonArray(Part(text)),
    };

    public static JsonObject Part(string text) => new() { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray(), ["logprobs"] = new JsonArray() };

    public static JsonObject Call(string item, string status, FunctionCallContent call, string arguments) => new()
    {
        ["id"] = item,
        ["type"] = "function_call",
        ["status"] = status,
        ["call_id"] = call.CallId,
        ["name"] = call.Name,
        ["arguments"] = arguments,
    };

    private JsonObject Of(string status, JsonArray output, TurnUsage? usage)
    {
        var response = new JsonObject
        {
            ["id"] = id,
            ["object"] = "response",
            ["created_at"] = now.ToUnixTimeSeconds(),
            ["status"] = status,
            ["error"] = null,
            ["incomplete_details"] = null,
            ["model"] = model,
            ["output"] = output,
            ["previous_response_id"] = previous,
            ["store"] = body["store"].Flag() ?? true,
            ["parallel_tool_calls"] = body["parallel_tool_calls"].Flag() ?? true,
            ["reasoning"] = new JsonObject { ["effort"] = body["reasoning"]["effort"].Text(), ["summary"] = null },
            ["text"] = Echo(body["text"]) ?? new JsonObject { ["format"] = new JsonObject { ["type"] = "text" } },
            ["tool_choice"] = Echo(body["tool_choice"]) ?? "auto",
            ["tools"] = Echo(body["tools"]) ?? new JsonArray(),
            ["metadata"] = Echo(body["metadata"]) ?? new JsonObject(),
            ["truncation"] = "disabled",
            ["usage"] = usage is null ? null : Usage(usage),
        };
        foreach (var name in s_echoed)
            response[name] = Echo(body[name]);
        return response;
    }

    private static JsonNode? Echo(Field field) => field.IsAbsent ? null : JsonSerializer.SerializeToNode(field.Value);

    private static JsonObject Usage(TurnUsage usage) => new()
    {
        ["input_tokens"] = usage.InputTokens,
        ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.CachedInputTokens },
        ["output_tokens"] = usage.OutputTokens,
        ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 },
        ["total_tokens"] = usage.InputTokens + usage.OutputTokens,
    };
}
