using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Vigil.Settings;
using Vigil.Settings.Reading;
using Vigil.Time;

namespace Vigil.Agents;

/// <summary>One key of a profile as it is in force.</summary>
/// <param name="From"><c>agent.json</c>, <c>vigil.json</c>, <c>environment</c>, <c>command line</c>, <c>detected</c> or <c>default</c>.</param>
public sealed record EffectiveSetting(string Key, JsonNode? Value, string From);

/// <summary>A profile as people read it: each key with its value, written as a settings file would have it, and who set it.</summary>
public static class EffectiveSettings
{
    private static readonly JsonSerializerOptions s_written = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new WrittenDuration() },
    };

    /// <param name="origins">From <see cref="IAgentRegistry.Origins"/>.</param>
    public static IReadOnlyList<EffectiveSetting> Of(AgentProfile profile, IReadOnlyDictionary<string, string> origins)
    {
        var tree = JsonSerializer.SerializeToNode(profile, s_written);
        return [.. origins.Select(origin => new EffectiveSetting(origin.Key, Find(tree, origin.Key), origin.Value))];
    }

    private static JsonNode? Find(JsonNode? tree, string key)
    {
        var names = KeyPath.Split(key) ?? [key];
        foreach (var name in names)
            tree = tree is JsonObject node ? node[name] : null;
        // Headers and environments may hold a secret as plain text; what refers to one is safe to show.
        if (names.Count > 1 && names[^2] is "headers" or "environment" && tree is JsonValue text && !IsReference(text.ToString()))
            return Redaction.Mark;
        return tree?.DeepClone();
    }

    private static bool IsReference(string text) => text.Contains("env:", StringComparison.Ordinal) || text.Contains("file:", StringComparison.Ordinal);

    private sealed class WrittenDuration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(DurationText.Format(value));
    }
}
