using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings.Reading;
using Vigil.Time;

namespace Vigil.Settings;

/// <summary>JSON Schemas of vigil.json and agent.json, made from the settings records, so that editors complete and check while somebody types.</summary>
public static class SettingsSchema
{
    private const string DurationPattern = "^([0-9]+(w|d|h|m|s|ms) ?)+$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string OfSettings() => Text(SettingShape.Of<VigilSettings>(), "Settings of Vigil");

    public static string OfAgent() => Text(SettingShape.Of<AgentFile>(), "Settings of one agent");

    private static string Text(ObjectShape shape, string title)
    {
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        var root = Of(shape);
        root["properties"]!.AsObject().Insert(0, "$schema", new JsonObject { ["type"] = "string" });
        foreach (var (name, value) in root)
            schema[name] = value?.DeepClone();
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Of(SettingShape shape) => shape switch
    {
        ObjectShape record => new JsonObject
        {
            ["type"] = Types("object"),
            ["properties"] = new JsonObject(record.Keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Of(key)))),
            ["additionalProperties"] = false,
        },
        MapShape map => With(new JsonObject { ["type"] = Types("object"), ["additionalProperties"] = Of(map.Value) }, "propertyNames", NamePattern(map.Names)),
        ListShape list => new JsonObject { ["type"] = Types("array"), ["items"] = Of(list.Item) },
        TextShape { Rule.Words: { } words } => new JsonObject { ["enum"] = Words(words) },
        TextShape text => With(new JsonObject { ["type"] = Types("string") }, "pattern", text.Form.Pattern is { } pattern ? JsonValue.Create(pattern) : null),
        SwitchShape => new JsonObject { ["type"] = Types("boolean") },
        NumberShape number => Number(number),
        DurationShape => new JsonObject { ["type"] = Types("string"), ["pattern"] = DurationPattern, ["examples"] = new JsonArray("30m", "1h30m") },
        WordShape word => new JsonObject { ["enum"] = Words(word.Words.Keys) },
        _ => new JsonObject { ["type"] = Types("object") },
    };

    private static JsonObject Of(SettingKey key)
    {
        var schema = Of(key.Shape);
        if (key.Description.Length > 0)
            schema["description"] = key.Description;
        return With(schema, "default", DefaultOf(key));
    }

    /// <summary>The default as it would be written in the file; null when there is none, or it is the sum of its parts.</summary>
    internal static JsonNode? DefaultOf(SettingKey key) => key.Default switch
    {
        TimeSpan duration => DurationText.Format(duration),
        bool value => JsonValue.Create(value),
        int value => JsonValue.Create(value),
        long value => JsonValue.Create(value),
        decimal value => JsonValue.Create(value),
        string value => JsonValue.Create(value),
        Enum word when key.Shape is WordShape words => JsonValue.Create(words.Words.First(pair => pair.Value.Equals(word)).Key),
        System.Collections.IList => new JsonArray(),
        System.Collections.IDictionary => new JsonObject(),
        _ => null,
    };

    private static JsonObject Number(NumberShape shape)
    {
        var schema = new JsonObject { ["type"] = Types(shape.Whole ? "integer" : "number"), ["minimum"] = shape.Bounds.Least };
        return double.IsPositiveInfinity(shape.Bounds.Most) ? schema : With(schema, "maximum", shape.Bounds.Most);
    }

    private static JsonObject? NamePattern(TextFormat names) => TextFormats.Of(names).Pattern is { } pattern ? new JsonObject { ["pattern"] = pattern } : null;

    // null resets a key to its default wherever it stands.
    private static JsonArray Types(string type) => [type, "null"];

    private static JsonArray Words(IEnumerable<string> words) => [.. words.Select(word => (JsonNode?)JsonValue.Create(word)), null];

    private static JsonObject With(JsonObject schema, string name, JsonNode? value)
    {
        if (value is not null)
            schema[name] = value;
        return schema;
    }
}
