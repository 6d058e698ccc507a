using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vigil.Gateway.Tests.OpenApi;

/// <summary>As much of JSON Schema as the description uses, read strictly: what is not named is not allowed, and "one of" is exactly one.</summary>
internal static class Described
{
    public static List<string> Misfits(JsonNode document, JsonNode schema, JsonNode? value, string path)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference)
            return Misfits(document, reference["#/".Length..].Split('/').Aggregate(document, (node, step) => node[step]!), value, path);
        if (schema["oneOf"] is JsonArray one)
            return one.Count(choice => Misfits(document, choice!, value, path).Count == 0) == 1 ? [] : [$"{path} fits not exactly one of its types"];
        if (schema["anyOf"] is JsonArray any)
            return any.Any(choice => Misfits(document, choice!, value, path).Count == 0) ? [] : [$"{path} fits none of its types"];
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
            return [$"{path} is {value?.ToJsonString() ?? "null"}, which is none of its words"];
        if (schema["type"] is { } type && !Types(type).Contains(Kind(value)) && !(Kind(value) == "integer" && Types(type).Contains("number")))
            return [$"{path} is {Kind(value)} and not {type.ToJsonString()}"];
        if (value is JsonObject map && schema["properties"] is JsonObject properties)
        {
            return
            [
                .. map.SelectMany(pair => properties[pair.Key] is { } field ? Misfits(document, field, pair.Value, $"{path}.{pair.Key}") : [$"{path}.{pair.Key} is not named"]),
                .. (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).Where(name => !map.ContainsKey(name)).Select(name => $"{path}.{name} is missing"),
            ];
        }
        return value is JsonArray list && schema["items"] is { } items ? [.. list.SelectMany((item, at) => Misfits(document, items, item, $"{path}[{at}]"))] : [];
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(one => one!.GetValue<string>()) : [type.GetValue<string>()];

    private static string Kind(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => value!.ToJsonString().AsSpan().ContainsAny('.', 'e', 'E') ? "number" : "integer",
    };
}
