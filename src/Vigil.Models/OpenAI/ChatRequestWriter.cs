using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Tools;

namespace Vigil.Models.OpenAI;

/// <summary>Writes the body of a chat completion request.</summary>
/// <param name="ownService">OpenAI itself, which has renamed <c>max_tokens</c>; other servers know the old name.</param>
internal sealed class ChatRequestWriter(string provider, bool ownService)
{
    /// <summary>In the options of a call: the effort in the words of the API, which knows more of them than <see cref="ReasoningEffort"/>.</summary>
    public const string ReasoningEffortAsWritten = "reasoning_effort";

    private const int Smallest = 4 * 1024;
    private const int Largest = 1024 * 1024;

    // Tools stay the same from turn to turn, and are the larger part of a short conversation's request.
    private static readonly ConditionalWeakTable<ToolDeclaration, byte[]> s_written = [];

    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private int _expected;

    public BinaryData Write(IEnumerable<ChatMessage> messages, ChatOptions? options, bool stream)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(Smallest, Volatile.Read(ref _expected)));
        using (var json = new Utf8JsonWriter(buffer, s_writing))
        {
            json.WriteStartObject();
            json.WriteString("model", options?.ModelId ?? throw new ArgumentException("A call names its model in ChatOptions.ModelId.", nameof(options)));
            json.WriteStartArray("messages");
            new MessageWriter(json, provider).Write(messages as IReadOnlyList<ChatMessage> ?? [.. messages], options.Instructions);
            json.WriteEndArray();
            WriteTools(json, options);
            WriteSampling(json, options);
            WriteFormat(json, options.ResponseFormat, options);
            if (stream)
            {
                json.WriteBoolean("stream", true);
                json.WriteStartObject("stream_options");
                json.WriteBoolean("include_usage", true);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The next one will hardly be longer: a conversation grows by a turn. A buffer that fits is not copied while it grows.
        Volatile.Write(ref _expected, Math.Min(Largest, buffer.WrittenCount + (buffer.WrittenCount / 8)));
        return BinaryData.FromBytes(buffer.WrittenMemory);
    }

    private static void WriteTools(Utf8JsonWriter json, ChatOptions options)
    {
        var tools = options.Tools?.OfType<AIFunctionDeclaration>().ToList();
        if (tools is not { Count: > 0 })
            return;
        json.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            if (tool is ToolDeclaration own)
                json.WriteRawValue(s_written.GetValue(own, Written), skipInputValidation: true);
            else
                WriteTool(json, tool);
        }

        json.WriteEndArray();
        switch (options.ToolMode)
        {
            case AutoChatToolMode:
                json.WriteString("tool_choice", "auto");
                break;
            case NoneChatToolMode:
                json.WriteString("tool_choice", "none");
                break;
            case RequiredChatToolMode { RequiredFunctionName: null }:
                json.WriteString("tool_choice", "required");
                break;
            case RequiredChatToolMode { RequiredFunctionName: { } name }:
                json.WriteStartObject("tool_choice");
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", name);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
        }

        if (options.AllowMultipleToolCalls is { } parallel)
            json.WriteBoolean("parallel_tool_calls", parallel);
    }

    private static byte[] Written(ToolDeclaration tool)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_writing))
            WriteTool(json, tool);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteTool(Utf8JsonWriter json, AIFunctionDeclaration tool)
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", tool.Name);
        if (tool.Description.Length > 0)
            json.WriteString("description", tool.Description);
        json.WritePropertyName("parameters");
        tool.JsonSchema.WriteTo(json);
        if (IsStrict(tool.AdditionalProperties))
            json.WriteBoolean("strict", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteSampling(Utf8JsonWriter json, ChatOptions options)
    {
        Number("temperature", options.Temperature);
        Number("top_p", options.TopP);
        Number("frequency_penalty", options.FrequencyPenalty);
        Number("presence_penalty", options.PresencePenalty);
        if (options.TopK is { } topK)
            json.WriteNumber("top_k", topK);
        if (options.Seed is { } seed)
            json.WriteNumber("seed", seed);
        if (options.MaxOutputTokens is { } most)
            json.WriteNumber(ownService ? "max_completion_tokens" : "max_tokens", most);
        if (options.StopSequences is { Count: > 0 } stops)
        {
            json.WriteStartArray("stop");
            foreach (var stop in stops)
                json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        if (options.AdditionalProperties?.TryGetValue(ReasoningEffortAsWritten, out string? written) == true && written is not null)
            json.WriteString("reasoning_effort", written);
        else if (options.Reasoning?.Effort is { } effort)
            json.WriteString("reasoning_effort", effort switch
            {
                ReasoningEffort.None => "none",
                ReasoningEffort.Low => "low",
                ReasoningEffort.Medium => "medium",
                ReasoningEffort.High => "high",
                _ => "xhigh",
            });

        // Through decimal: a float widened to double would be written as 0.20000000298.
        void Number(string name, float? value)
        {
            if (value is { } number)
                json.WriteNumber(name, (decimal)number);
        }
    }

    private static void WriteFormat(Utf8JsonWriter json, ChatResponseFormat? format, ChatOptions options)
    {
        if (format is not ChatResponseFormatJson wanted)
            return;
        json.WriteStartObject("response_format");
        if (wanted.Schema is { } schema)
        {
            json.WriteString("type", "json_schema");
            json.WriteStartObject("json_schema");
            json.WriteString("name", wanted.SchemaName ?? "answer");
            if (wanted.SchemaDescription is { } description)
                json.WriteString("description", description);
            json.WritePropertyName("schema");
            schema.WriteTo(json);
            if (IsStrict(options.AdditionalProperties))
                json.WriteBoolean("strict", true);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("type", "json_object");
        }

        json.WriteEndObject();
    }

    private static bool IsStrict(IReadOnlyDictionary<string, object?>? properties)
        => properties?.TryGetValue("strict", out var strict) == true && strict is true or JsonElement { ValueKind: JsonValueKind.True };
}
