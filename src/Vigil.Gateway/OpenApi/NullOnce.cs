using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vigil.Gateway.OpenApi;

/// <summary>
/// Where a value may be null the framework writes "exactly one of the type and null", and lists null among the words of an enumeration, or refers to a type that takes
/// anything: null then fits both, and a strict reader refuses the answer. "Any of" means what was meant.
/// </summary>
internal static class NullOnce
{
    private static readonly JsonSerializerOptions s_written = new() { WriteIndented = true };

    public static string In(string description)
    {
        var document = JsonNode.Parse(description)!;
        Mend(document);
        return document.ToJsonString(s_written);
    }

    private static void Mend(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list)
                    Mend(item);
                break;
            case JsonObject thing:
                if (thing["oneOf"] is JsonArray choices && choices.Any(IsNull))
                {
                    thing.Remove("oneOf");
                    thing["anyOf"] = choices;
                }
                foreach (var (name, value) in thing)
                {
                    // An example shows an answer and is no schema.
                    if (name is not "example" and not "examples")
                        Mend(value);
                }
                break;
        }
    }

    private static bool IsNull(JsonNode? choice) => choice is JsonObject schema && schema["type"] is JsonValue type && type.TryGetValue<string>(out var word) && word == "null";
}
