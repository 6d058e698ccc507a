using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Vigil.Models.OpenAI;

/// <summary>Writes the messages of a chat completion request.</summary>
internal readonly struct MessageWriter(Utf8JsonWriter json, string provider)
{
    private static readonly JsonSerializerOptions s_arguments = new(AIJsonUtilities.DefaultOptions)
    {
        WriteIndented = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly List<FunctionCallContent> s_none = [];

    public void Write(IReadOnlyList<ChatMessage> messages, string? instructions)
    {
        if (instructions is { Length: > 0 })
            WriteText("system", instructions);
        var loopBegins = messages.Count;
        while (loopBegins > 0 && messages[loopBegins - 1].Role != ChatRole.User)
            loopBegins--;
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Role == ChatRole.Tool)
                WriteResults(message);
            else if (message.Role == ChatRole.Assistant)
                WriteReply(message, inToolLoop: i >= loopBegins);
            else if (message.Role == ChatRole.User && HasAttachment(message))
                WriteParts(message);
            else
                WriteText(message.Role.Value, Joined(message));
        }
    }

    // Parts are texts of their own: run together, the last word of one and the first of the next would be one.
    private static string Joined(ChatMessage message)
        => message.Contents.Count < 2 ? message.Text : string.Join("\n\n", message.Contents.OfType<TextContent>().Select(part => part.Text).Where(text => text.Length > 0));

    private static bool HasCall(ChatMessage message)
    {
        for (var i = 0; i < message.Contents.Count; i++)
        {
            if (message.Contents[i] is FunctionCallContent)
                return true;
        }
        return false;
    }

    private static bool HasAttachment(ChatMessage message)
    {
        for (var i = 0; i < message.Contents.Count; i++)
        {
            if (message.Contents[i] is DataContent or UriContent)
                return true;
        }
        return false;
    }

    private void WriteText(string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private void WriteReply(ChatMessage message, bool inToolLoop)
    {
        List<FunctionCallContent> calls = HasCall(message) ? [.. message.Contents.OfType<FunctionCallContent>()] : s_none;
        json.WriteStartObject();
        json.WriteString("role", "assistant");
        if (message.Text is { Length: > 0 } text)
            json.WriteString("content", text);
        else if (calls.Count > 0)
            json.WriteNull("content");
        else
            json.WriteString("content", "");
        if (inToolLoop && calls.Count > 0)
            WriteReasoning(message);
        if (calls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var call in calls)
                WriteCall(call);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    // Some thinking models want their reasoning back until the tool loop is over. It goes only to the provider that sent it, in the member that it came in.
    private void WriteReasoning(ChatMessage message)
    {
        var own = message.Contents.OfType<TextReasoningContent>().Where(Own).ToList();
        if (own.Count > 0)
            json.WriteString(Property(own[0], AnswerReader.ReasoningMember)!, string.Concat(own.Select(content => content.Text)));
    }

    private bool Own(TextReasoningContent content)
        => Property(content, AnswerReader.ReasoningProvider) == provider && Property(content, AnswerReader.ReasoningMember) is not null;

    private static string? Property(AIContent content, string name)
        => content.AdditionalProperties?.TryGetValue(name, out var value) == true ? value?.ToString() : null;

    private void WriteCall(FunctionCallContent call)
    {
        json.WriteStartObject();
        json.WriteString("id", call.CallId);
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", call.Name);
        // Malformed arguments are not sent back: servers that parse them would reject the whole conversation.
        json.WriteString("arguments", call.Arguments is { Count: > 0 } arguments ? JsonSerializer.Serialize(arguments, s_arguments) : "{}");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteResults(ChatMessage message)
    {
        foreach (var result in message.Contents.OfType<FunctionResultContent>())
        {
            json.WriteStartObject();
            json.WriteString("role", "tool");
            json.WriteString("tool_call_id", result.CallId);
            json.WriteString("content", ResultText(result));
            json.WriteEndObject();
        }
    }

    private static string ResultText(FunctionResultContent result) => result.Result switch
    {
        null => result.Exception is { } e ? $"Error: {e.Message}" : "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        TextContent text => text.Text,
        IEnumerable<AIContent> contents => string.Join('\n', contents.Select(content => content is TextContent text ? text.Text : $"[{content.GetType().Name}]")),
        var value => JsonSerializer.Serialize(value, s_arguments),
    };

    private void WriteParts(ChatMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WriteStartArray("content");
        foreach (var content in message.Contents)
            WritePart(content);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WritePart(AIContent content)
    {
        switch (content)
        {
            case TextContent text:
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WriteString("text", text.Text);
                json.WriteEndObject();
                break;
            case DataContent image when image.HasTopLevelMediaType("image"):
                WriteImage(image.Uri);
                break;
            case UriContent image when image.HasTopLevelMediaType("image"):
                WriteImage(image.Uri.AbsoluteUri);
                break;
            case DataContent sound when sound.HasTopLevelMediaType("audio"):
                json.WriteStartObject();
                json.WriteString("type", "input_audio");
                json.WriteStartObject("input_audio");
                json.WriteString("data", sound.Base64Data.Span);
                json.WriteString("format", sound.MediaType.Contains("wav", StringComparison.OrdinalIgnoreCase) ? "wav" : "mp3");
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            case DataContent file:
                json.WriteStartObject();
                json.WriteString("type", "file");
                json.WriteStartObject("file");
                json.WriteString("filename", file.Name ?? "file");
                json.WriteString("file_data", file.Uri);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
        }
    }

    private void WriteImage(string uri)
    {
        json.WriteStartObject();
        json.WriteString("type", "image_url");
        json.WriteStartObject("image_url");
        json.WriteString("url", uri);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
