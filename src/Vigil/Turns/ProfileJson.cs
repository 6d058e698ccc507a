using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vigil.Agents;

namespace Vigil.Turns;

/// <summary>How a profile is kept with its runs: everything that an attempt needs to go on with the settings it began with. Secrets are references there, never values.</summary>
public static class ProfileJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new AgentIdConverter(), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    // A profile is a snapshot that many runs share.
    private static readonly ConditionalWeakTable<AgentProfile, string> s_written = [];

    public static string Of(AgentProfile profile) => s_written.GetValue(profile, static one => JsonSerializer.Serialize(one, Options));

    private sealed class AgentIdConverter : JsonConverter<AgentId>
    {
        public override AgentId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => AgentId.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, AgentId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
