using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vigil.Gateway;

/// <summary>How answers of <c>/api</c> are written: camelCase, enumerations as words, every field there also when null.</summary>
internal static class WireJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };
}
