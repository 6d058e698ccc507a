using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Vigil.Storage.Rows;

/// <summary>Values that stand in a row as JSON text. The database never looks into them.</summary>
internal static class RowJson
{
    public static string Of<T>(T value) => JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    public static T Parse<T>(string json)
        where T : class
        => JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) ?? throw new JsonException($"A row holds null instead of {typeof(T).Name}.");

    public static T? ParseOptional<T>(string? json)
        where T : class
        => json is null ? null : Parse<T>(json);

    public static string OfMessage(ChatMessage message) => JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);

    public static ChatMessage Message(string json)
        => JsonSerializer.Deserialize<ChatMessage>(json, AIJsonUtilities.DefaultOptions) ?? throw new JsonException("A row holds no message.");

    public static string OfMessages(IReadOnlyList<ChatMessage> messages) => JsonSerializer.Serialize(messages, AIJsonUtilities.DefaultOptions);

    public static IReadOnlyList<ChatMessage> Messages(string json)
        => JsonSerializer.Deserialize<List<ChatMessage>>(json, AIJsonUtilities.DefaultOptions) ?? [];

    public static JsonObject Object(string json) => JsonNode.Parse(json)?.AsObject() ?? [];
}
