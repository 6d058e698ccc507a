using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Vigil.Errors;

namespace Vigil.Gateway.Requests;

/// <summary>Reads a body of <c>/api</c> or <c>/hooks</c>: a field that nobody knows is refused by name, so a typo never becomes a default.</summary>
public static class StrictJson
{
    public static JsonSerializerOptions Options { get; } = Make();

    /// <exception cref="FaultException">No JSON, an unknown, missing or wrong field; the fault names it.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        JsonNode? node;
        try
        {
            node = await JsonNode.ParseAsync(request.Body, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 }, cancellationToken: cancellationToken);
        }
        catch (JsonException problem)
        {
            throw new FaultException(new Fault("bad_json", $"The body is no JSON: {Where(problem)}", "Send one JSON object."), problem);
        }
        if (node is not JsonObject body)
            throw new FaultException(new Fault("bad_json", "The body is no JSON object.", "Send one JSON object."));
        Check(body, Options.GetTypeInfo(typeof(T)), "");
        try
        {
            return body.Deserialize<T>(Options)!;
        }
        catch (JsonException problem)
        {
            var field = Field(problem.Path);
            throw new FaultException(new Fault("bad_field", $"The field '{field}' has a value that does not fit.", "GET /openapi/v1.json shows what each field takes.", field), problem);
        }
    }

    /// <summary>The same for a request that may come without a body.</summary>
    public static async Task<T?> ReadOptionalAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
        => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } ? null : await ReadAsync<T>(request, cancellationToken);

    private static void Check(JsonNode? node, JsonTypeInfo type, string path)
    {
        switch (node)
        {
            case JsonObject map when type.Kind == JsonTypeInfoKind.Object:
                CheckObject(map, type, path);
                break;
            case JsonObject map when type is { Kind: JsonTypeInfoKind.Dictionary, ElementType: { } element }:
                foreach (var (name, value) in map)
                    Check(value, Options.GetTypeInfo(element), $"{path}{name}.");
                break;
            case JsonArray list when type is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element }:
                for (var i = 0; i < list.Count; i++)
                    Check(list[i], Options.GetTypeInfo(element), $"{path}{i}.");
                break;
        }
    }

    private static void CheckObject(JsonObject map, JsonTypeInfo type, string path)
    {
        var known = type.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach (var (name, value) in map)
        {
            if (known.TryGetValue(name, out var property))
            {
                Check(value, Options.GetTypeInfo(property.PropertyType), $"{path}{name}.");
                continue;
            }
            var near = Nearest.To(name, known.Keys);
            throw new FaultException(new Fault(
                "unknown_field", $"The field '{path}{name}' is unknown.", near is null ? $"Known: {string.Join(", ", known.Keys)}." : $"Did you mean '{near}'?", path + name));
        }
        if (type.Properties.FirstOrDefault(property => property.IsRequired && map[property.Name] is null) is { } missing)
            throw new FaultException(new Fault("missing_field", $"The field '{path}{missing.Name}' is missing.", $"Send \"{missing.Name}\".", path + missing.Name));
    }

    private static string Field(string? path) => path is null or "$" ? "(body)" : path.TrimStart('$', '.').Replace("['", "", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal);

    private static string Where(JsonException problem) => problem.LineNumber is { } line ? $"line {line + 1}, byte {problem.BytePositionInLine + 1}." : "it is empty or cut off.";

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            PropertyNameCaseInsensitive = false,
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }
}
