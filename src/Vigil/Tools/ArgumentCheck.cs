using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Errors;

namespace Vigil.Tools;

/// <summary>
/// Holds a call's arguments against the tool's schema: required fields, types, enums, unknown fields where the schema forbids them.
/// What it cannot judge (references, unions) it lets through: the tool or its server has the last word.
/// </summary>
internal static class ArgumentCheck
{
    private const int Deepest = 8;

    /// <summary>A sentence that names the field at fault, or null.</summary>
    public static string? Problem(JsonElement schema, JsonElement arguments) => Object(schema, arguments, "", 0);

    /// <summary>The arguments without nulls for optional fields that do not take null: many models send them for "not given".</summary>
    public static JsonElement WithoutEmptyOptions(JsonElement schema, JsonElement arguments)
    {
        if (arguments.ValueKind != JsonValueKind.Object)
            return arguments;
        var required = Required(schema);
        var dropped = arguments.EnumerateObject()
            .Where(field => field.Value.ValueKind == JsonValueKind.Null && !required.Contains(field.Name) && !TakesNull(schema, field.Name))
            .Select(field => field.Name)
            .ToList();
        if (dropped.Count == 0)
            return arguments;
        var kept = JsonObject.Create(arguments)!;
        foreach (var name in dropped)
            kept.Remove(name);
        return JsonSerializer.SerializeToElement(kept);
    }

    private static string? Object(JsonElement schema, JsonElement value, string at, int depth)
    {
        foreach (var name in Required(schema))
        {
            if (!value.TryGetProperty(name, out _))
                return $"the field '{at}{name}' is missing";
        }
        var closed = schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.False;
        var known = schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal)
            : [];
        foreach (var field in value.EnumerateObject())
        {
            if (known.TryGetValue(field.Name, out var declared))
            {
                if (Value(declared, field.Value, at + field.Name, depth + 1) is { } problem)
                    return problem;
            }
            else if (closed)
            {
                return $"there is no field '{at}{field.Name}'" + (Nearest.To(field.Name, known.Keys) is { } near ? $"; did you mean '{near}'?" : "");
            }
        }
        return null;
    }

    private static string? Value(JsonElement schema, JsonElement value, string at, int depth)
    {
        if (depth > Deepest || schema.ValueKind != JsonValueKind.Object)
            return null;
        var types = Types(schema);
        if (types.Count > 0 && !types.Any(type => Is(type, value)))
            return $"the field '{at}' must be {string.Join(" or ", types)}, not {Word(value)}";
        if (schema.TryGetProperty("enum", out var words) && words.ValueKind == JsonValueKind.Array
            && !words.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)))
        {
            return $"the field '{at}' must be one of {string.Join(", ", words.EnumerateArray().Select(word => word.ToString()))}, not '{Cut(value.ToString())}'";
        }
        return value.ValueKind switch
        {
            JsonValueKind.Object => Object(schema, value, at + ".", depth),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items)
                => value.EnumerateArray().Select((item, index) => Value(items, item, $"{at}[{index}]", depth + 1)).FirstOrDefault(problem => problem is not null),
            _ => null,
        };
    }

    private static IReadOnlyList<string> Required(JsonElement schema)
        => schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)]
            : [];

    private static bool TakesNull(JsonElement schema, string name)
        => schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
           && properties.TryGetProperty(name, out var declared) && declared.ValueKind == JsonValueKind.Object
           && (Types(declared) is { Count: > 0 } types ? types.Contains("null") : declared.EnumerateObject().Any(part => part.Name is "anyOf" or "oneOf" or "$ref"));

    private static IReadOnlyList<string> Types(JsonElement schema)
        => !schema.TryGetProperty("type", out var type) ? []
            : type.ValueKind == JsonValueKind.String ? [type.GetString()!]
            : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)]
            : [];

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && (value.TryGetInt64(out _) || (value.TryGetDouble(out var number) && number == Math.Floor(number))),
        _ => true,
    };

    private static string Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => $"the text '{Cut(value.GetString()!)}'",
        _ => value.GetRawText(),
    };

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
