using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Vigil.Heartbeat.Probes;

internal static class ProbeSettings
{
    /// <summary>A text of the settings; null when it is absent, blank or no text.</summary>
    public static string? Text(this JsonObject settings, string key)
        => settings[key] is JsonValue value && value.TryGetValue<string>(out var text) && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>A list of texts; null when it is absent or holds anything else.</summary>
    public static IReadOnlyList<string>? Texts(this JsonObject settings, string key)
        => settings[key] is JsonArray list && list.All(item => item is JsonValue value && value.TryGetValue<string>(out _)) ? [.. list.Select(item => item!.GetValue<string>())] : null;

    public static bool Flag(this JsonObject settings, string key) => settings[key] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;
}

internal static class Hashes
{
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
