using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Vigil.Gateway.OpenAi;

// How the bodies of /v1 stand in the API's description. They are read and written by hand, since a client may send what is not in here; a test holds the two together.

/// <summary>What <c>POST /v1/chat/completions</c> reads. Every other field is ignored or refused by name, see docs/openai-api.md.</summary>
internal sealed record ChatCompletionBody
{
    /// <summary>vigil/agent, or vigil for whoever the routes lead to.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("messages")]
    public required IReadOnlyList<ChatMessageShape> Messages { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    [JsonPropertyName("stream_options")]
    public JsonObject? StreamOptions { get; init; }

    [JsonPropertyName("tools")]
    public IReadOnlyList<JsonObject>? Tools { get; init; }

    [JsonPropertyName("tool_choice")]
    public JsonNode? ToolChoice { get; init; }

    [JsonPropertyName("parallel_tool_calls")]
    public bool? ParallelToolCalls { get; init; }

    [JsonPropertyName("response_format")]
    public JsonObject? ResponseFormat { get; init; }

    [JsonPropertyName("temperature")]
    public double? Temperature { get; init; }

    [JsonPropertyName("top_p")]
    public double? TopP { get; init; }

    [JsonPropertyName("frequency_penalty")]
    public double? FrequencyPenalty { get; init; }

    [JsonPropertyName("presence_penalty")]
    public double? PresencePenalty { get; init; }

    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>A text, or up to four.</summary>
    [JsonPropertyName("stop")]
    public JsonNode? Stop { get; init; }

    [JsonPropertyName("max_completion_tokens")]
    public int? MaxCompletionTokens { get; init; }

    [JsonPropertyName("max_tokens")]
    public int? MaxTokens { get; init; }

    [JsonPropertyName("reasoning_effort")]
    public string? ReasoningEffort { get; init; }
}

internal sealed record ChatMessageShape
{
    /// <summary>system, developer, user, assistant or tool.</summary>
    [JsonPropertyName("role")]
    public required string Role { get; init; }

    /// <summary>A text, or a list of parts.</summary>
    [JsonPropertyName("content")]
    public JsonNode? Content { get; init; }

    [JsonPropertyName("refusal")]
    public string? Refusal { get; init; }

    [JsonPropertyName("tool_calls")]
    public IReadOnlyList<JsonObject>? ToolCalls { get; init; }

    [JsonPropertyName("tool_call_id")]
    public string? ToolCallId { get; init; }
}

internal sealed record ChatCompletionShape
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public required string Object { get; init; }

    [JsonPropertyName("created")]
    public required long Created { get; init; }

    [JsonPropertyName("model")]
    public required string Model { get; init; }

    [JsonPropertyName("choices")]
    public required IReadOnlyList<ChatChoiceShape> Choices { get; init; }

    [JsonPropertyName("usage")]
    public JsonObject? Usage { get; init; }
}

internal sealed record ChatChoiceShape
{
    [JsonPropertyName("index")]
    public required int Index { get; init; }

    [JsonPropertyName("message")]
    public ChatMessageShape? Message { get; init; }

    [JsonPropertyName("logprobs")]
    public JsonElement? LogProbs { get; init; }

    /// <summary>stop, length, tool_calls or content_filter.</summary>
    [JsonPropertyName("finish_reason")]
    public string? FinishReason { get; init; }
}

/// <summary>What <c>POST /v1/responses</c> reads.</summary>
internal record ResponseBody
{
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("instructions")]
    public string? Instructions { get; init; }

    [JsonPropertyName("previous_response_id")]
    public string? PreviousResponseId { get; init; }

    [JsonPropertyName("store")]
    public bool? Store { get; init; }

    [JsonPropertyName("temperature")]
    public double? Temperature { get; init; }

    [JsonPropertyName("top_p")]
    public double? TopP { get; init; }

    [JsonPropertyName("max_output_tokens")]
    public int? MaxOutputTokens { get; init; }

    [JsonPropertyName("parallel_tool_calls")]
    public bool? ParallelToolCalls { get; init; }

    [JsonPropertyName("reasoning")]
    public JsonObject? Reasoning { get; init; }

    [JsonPropertyName("text")]
    public JsonObject? Text { get; init; }

    [JsonPropertyName("tools")]
    public IReadOnlyList<JsonObject>? Tools { get; init; }

    [JsonPropertyName("tool_choice")]
    public JsonNode? ToolChoice { get; init; }

    [JsonPropertyName("metadata")]
    public JsonObject? Metadata { get; init; }

    [JsonPropertyName("user")]
    public string? User { get; init; }
}

internal sealed record ResponseRequestBody : ResponseBody
{
    /// <summary>A text, or a list of items.</summary>
    [JsonPropertyName("input")]
    public required JsonNode Input { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }
}

internal sealed record ResponseBodyShape : ResponseBody
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public required string Object { get; init; }

    [JsonPropertyName("created_at")]
    public required long CreatedAt { get; init; }

    /// <summary>in_progress, completed, incomplete or failed.</summary>
    [JsonPropertyName("status")]
    public required string Status { get; init; }

    [JsonPropertyName("error")]
    public JsonObject? Error { get; init; }

    [JsonPropertyName("incomplete_details")]
    public JsonObject? IncompleteDetails { get; init; }

    [JsonPropertyName("output")]
    public required IReadOnlyList<JsonObject> Output { get; init; }

    [JsonPropertyName("truncation")]
    public string? Truncation { get; init; }

    [JsonPropertyName("usage")]
    public JsonObject? Usage { get; init; }
}

internal sealed record ModelShape
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public required string Object { get; init; }

    [JsonPropertyName("created")]
    public required long Created { get; init; }

    [JsonPropertyName("owned_by")]
    public required string OwnedBy { get; init; }
}

internal sealed record ModelListShape
{
    [JsonPropertyName("object")]
    public required string Object { get; init; }

    [JsonPropertyName("data")]
    public required IReadOnlyList<ModelShape> Data { get; init; }
}

internal sealed record DeletedShape
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public required string Object { get; init; }

    [JsonPropertyName("deleted")]
    public required bool Deleted { get; init; }
}
