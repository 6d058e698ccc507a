using Microsoft.Extensions.AI;

namespace Vigil.Gateway.OpenAi;

/// <summary>Sampling, format and tools: everything of a request that goes to the model as it is.</summary>
internal sealed record TurnOptions(ChatOptions Options, IReadOnlyList<CallerTool> Tools)
{
    private static readonly string[] s_efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    /// <summary>What would change the answer and cannot be served; absent, false, empty and null values are let through, since clients send them.</summary>
    private static readonly string[] s_unsupported = ["functions", "function_call", "logprobs", "top_logprobs", "logit_bias", "audio", "prediction", "web_search_options"];

    public static TurnOptions OfCompletion(Field body)
    {
        if (body["n"].Whole(1, 128) is > 1)
            throw body["n"].Bad("asks for more than one choice", "Send 1, or leave it out.");
        foreach (var name in s_unsupported)
        {
            // Its bare presence turns a search on.
            if (Means(body[name]) || (name == "web_search_options" && body[name].IsObject))
                throw body[name].Unsupported("Leave it out; docs/openai-api.md lists what is served.");
        }
        if (body["modalities"] is { IsList: true } modalities && modalities.Items.Any(item => item.Text() != "text"))
            throw modalities.Unsupported("Answers are text.");
        var options = Sampling(body);
        options.MaxOutputTokens = (int?)(body["max_completion_tokens"].Whole(1, int.MaxValue) ?? body["max_tokens"].Whole(1, int.MaxValue));
        options.StopSequences = Stops(body["stop"]);
        Effort(options, body["reasoning_effort"]);
        var format = body["response_format"];
        Format(options, format, format["json_schema"]);
        return WithTools(options, body, nested: true);
    }

    public static TurnOptions OfResponse(Field body)
    {
        var options = Sampling(body);
        options.MaxOutputTokens = (int?)body["max_output_tokens"].Whole(1, int.MaxValue);
        Effort(options, body["reasoning"]["effort"]);
        var format = body["text"]["format"];
        Format(options, format, format);
        return WithTools(options, body, nested: false);
    }

    private static ChatOptions Sampling(Field body) => new()
    {
        Temperature = body["temperature"].Number(0, 2),
        TopP = body["top_p"].Number(0, 1),
        FrequencyPenalty = body["frequency_penalty"].Number(-2, 2),
        PresencePenalty = body["presence_penalty"].Number(-2, 2),
        Seed = body["seed"].Whole(long.MinValue, long.MaxValue),
    };

    private static TurnOptions WithTools(ChatOptions options, Field body, bool nested)
    {
        var (offered, mode) = CallerTool.Choose(body["tool_choice"], CallerTool.ReadAll(body["tools"], nested));
        options.ToolMode = mode;
        options.AllowMultipleToolCalls = offered.Count > 0 ? body["parallel_tool_calls"].Flag() : null;
        return new TurnOptions(options, offered);
    }

    private static void Format(ChatOptions options, Field format, Field schema)
    {
        if (format.IsAbsent)
            return;
        if (!format.IsObject)
            throw format.Bad("is no object", "Send { \"type\": \"text\" }, or leave it out.");
        switch (format["type"].Text())
        {
            case "text":
                break;
            case "json_object":
                options.ResponseFormat = ChatResponseFormat.Json;
                break;
            case "json_schema":
                var wanted = schema["schema"];
                if (!wanted.IsObject)
                    throw wanted.Bad("is missing or no object", "Send a JSON Schema.");
                options.ResponseFormat = ChatResponseFormat.ForJsonSchema(wanted.Value, schema["name"].RequiredText(), schema["description"].Text());
                if (schema["strict"].Flag() is true)
                    (options.AdditionalProperties ??= [])["strict"] = true;
                break;
            case var type:
                throw format["type"].Bad($"is '{type}'", "Known: text, json_object, json_schema.");
        }
    }

    private static List<string>? Stops(Field stop)
    {
        if (stop.IsAbsent || (stop.IsList && stop.Value.GetArrayLength() == 0))
            return null;
        var stops = stop.IsText ? [stop.RequiredText()] : stop.IsList ? stop.Items.Select(item => item.RequiredText()).ToList() : [];
        return stops.Count is >= 1 and <= 4 ? stops : throw stop.Bad("is no text and no list of 1 to 4", "Send at most four texts.");
    }

    private static void Effort(ChatOptions options, Field effort)
    {
        if (effort.Text() is not { } word)
            return;
        options.Reasoning = new ReasoningOptions
        {
            Effort = word switch
            {
                "none" => ReasoningEffort.None,
                "minimal" or "low" => ReasoningEffort.Low,
                "medium" => ReasoningEffort.Medium,
                "high" => ReasoningEffort.High,
                "xhigh" => ReasoningEffort.ExtraHigh,
                _ => throw effort.Bad($"is '{word}'", $"Known: {string.Join(", ", s_efforts)}."),
            },
        };
        // For providers that speak the same API, which knows one word more.
        (options.AdditionalProperties ??= [])["reasoning_effort"] = word;
    }

    private static bool Means(Field field) => field.Value.ValueKind switch
    {
        System.Text.Json.JsonValueKind.Undefined or System.Text.Json.JsonValueKind.Null or System.Text.Json.JsonValueKind.False => false,
        System.Text.Json.JsonValueKind.Array => field.Value.GetArrayLength() > 0,
        System.Text.Json.JsonValueKind.Object => field.Value.EnumerateObject().Any(),
        System.Text.Json.JsonValueKind.Number => field.Value.GetDouble() != 0,
        _ => true,
    };
}
