using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Vigil.Storage.Rows;

/// <summary>Values that stand in a row as JSON text. The database never looks into them.</summary>
internal static class RowJson
{
    private const string PlainEnd = "\"}]}";

    // Without the white space that the defaults put in for people.
    private static readonly JsonSerializerOptions s_messages = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    private static readonly (string Begin, ChatRole Role)[] s_plain =
    [
        ("{\"role\":\"user\",\"contents\":[{\"$type\":\"text\",\"text\":\"", ChatRole.User),
        ("{\"role\":\"assistant\",\"contents\":[{\"$type\":\"text\",\"text\":\"", ChatRole.Assistant),
    ];

    public static string Of<T>(T value) => JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    public static T Parse<T>(string json)
        where T : class
        => JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) ?? throw new JsonException($"A row holds null instead of {typeof(T).Name}.");

    public static T? ParseOptional<T>(string? json)
        where T : class
        => json is null ? null : Parse<T>(json);

    public static string OfMessage(ChatMessage message) => JsonSerializer.Serialize(message, s_messages);

    public static ChatMessage Message(string json)
        => PlainMessage(json) ?? JsonSerializer.Deserialize<ChatMessage>(json, s_messages) ?? throw new JsonException("A row holds no message.");

    public static string OfMessages(IReadOnlyList<ChatMessage> messages) => JsonSerializer.Serialize(messages, s_messages);

    public static IReadOnlyList<ChatMessage> Messages(string json)
        => JsonSerializer.Deserialize<List<ChatMessage>>(json, s_messages) ?? [];

    public static JsonObject Object(string json) => JsonNode.Parse(json)?.AsObject() ?? [];

    // Most of a conversation is text and nothing else, and a turn reads a whole tail of it: no parser is needed for that.
    private static ChatMessage? PlainMessage(string json)
    {
        foreach (var (begin, role) in s_plain)
        {
            if (!json.StartsWith(begin, StringComparison.Ordinal) || !json.EndsWith(PlainEnd, StringComparison.Ordinal) || json.Length < begin.Length + PlainEnd.Length)
                continue;
            var text = json.AsSpan(begin.Length, json.Length - begin.Length - PlainEnd.Length);
            return text.ContainsAny('"', '\\') ? null : new ChatMessage(role, text.ToString());
        }
        return null;
    }
}
