using System.Text.Json;

namespace Vigil.Tools;

/// <summary>Reads a call's arguments without ever throwing; a value of another type counts as absent.</summary>
internal static class ToolArguments
{
    public static JsonElement Schema(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static string? Text(this ToolCall call, string name)
        => call.Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static int? Number(this ToolCall call, string name)
        => call.Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number)
            ? (int)Math.Clamp(number, int.MinValue, int.MaxValue)
            : null;

    public static bool Flag(this ToolCall call, string name) => call.Find(name) is { ValueKind: JsonValueKind.True };

    public static IReadOnlyList<string>? Texts(this ToolCall call, string name)
        => call.Find(name) is { ValueKind: JsonValueKind.Array } value
            ? [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : null;

    public static ToolResult Missing(string field, string good) => ToolResult.Error($"'{field}' is missing: {good}.");

    private static JsonElement? Find(this ToolCall call, string name)
        => call.Arguments.ValueKind == JsonValueKind.Object && call.Arguments.TryGetProperty(name, out var value) ? value : null;
}
