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
        var body = await ObjectAsync(request, cancellationToken);
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

    /// <summary>The body as it came, its fields not looked at.</summary>
    /// <exception cref="FaultException">No JSON, or no object.</exception>
    internal static async Task<JsonObject> ObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var raw = new MemoryStream();
        await request.Body.CopyToAsync(raw, cancellationToken);
        var bytes = BodyText.Checked(raw.GetBuffer().AsMemory(0, (int)raw.Length));
        try
        {
            return JsonNode.Parse(bytes.Span, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 }) as JsonObject
                ?? throw new FaultException(new Fault("bad_json", "The body is no JSON object.", "Send one JSON object."));
        }
        catch (JsonException twice) when (Twice(bytes) is { } field)
        {
            throw new FaultException(new Fault("bad_json", $"The field '{field}' stands in the body twice.", "Send it once.", field), twice);
        }
        catch (JsonException problem)
        {
            throw new FaultException(new Fault("bad_json", $"The body is no JSON: {Where(problem)}", "Send one JSON object."), problem);
        }
    }

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
                {
                    // A deserializer lets it pass, since it knows of lists that may hold nothing.
                    if (list[i] is null && element == typeof(string))
                        throw new FaultException(new Fault("bad_field", $"The field '{path}{i}' cannot be null.", "It takes a text.", $"{path}{i}"));
                    Check(list[i], Options.GetTypeInfo(element), $"{path}{i}.");
                }
                break;
            case not null when Wanted(type.Type) is { } wanted && !Fits(node, Nullable.GetUnderlyingType(type.Type) ?? type.Type):
                var field = path.TrimEnd('.');
                throw new FaultException(new Fault("bad_field", $"The field '{field}' cannot be {Short(node)}.", $"It takes {wanted}.", field));
        }
    }

    private static void CheckObject(JsonObject map, JsonTypeInfo type, string path)
    {
        var known = type.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach (var (name, value) in map)
        {
            if (known.TryGetValue(name, out var property))
            {
                // One with a converter of its own says itself what does not fit.
                if (property.CustomConverter is null)
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

    // Only the body's own fields are named; one that stands twice further in is no JSON as far as Vigil is concerned.
    private static string? Twice(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind is JsonValueKind.Object
                ? document.RootElement.EnumerateObject().GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Wanted(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        // Several of its words may stand in one text.
        { IsEnum: true } flags when flags.IsDefined(typeof(FlagsAttribute), inherit: false) => null,
        { IsEnum: true } choice => $"one of: {string.Join(", ", Words(choice))}",
        var plain when plain == typeof(string) => "a text",
        var plain when plain == typeof(bool) => "true or false",
        var plain when plain == typeof(int) || plain == typeof(long) => "a whole number",
        var plain when plain == typeof(double) || plain == typeof(decimal) => "a number",
        var plain when plain == typeof(DateTimeOffset) => "an instant, for example \"2027-01-01T09:00:00Z\"",
        _ => null,
    };

    private static bool Fits(JsonNode node, Type type) => node.GetValueKind() switch
    {
        JsonValueKind.String when type.IsEnum => Words(type).Contains(node.GetValue<string>(), StringComparer.OrdinalIgnoreCase),
        JsonValueKind.String when type == typeof(DateTimeOffset) => node.AsValue().TryGetValue<DateTimeOffset>(out _),
        JsonValueKind.String => type == typeof(string),
        JsonValueKind.True or JsonValueKind.False => type == typeof(bool),
        JsonValueKind.Number when type == typeof(int) => node.AsValue().TryGetValue<int>(out _),
        JsonValueKind.Number when type == typeof(long) => node.AsValue().TryGetValue<long>(out _),
        JsonValueKind.Number => type == typeof(double) || type == typeof(decimal),
        _ => false,
    };

    private static IEnumerable<string> Words(Type choice) => Enum.GetNames(choice).Select(JsonNamingPolicy.KebabCaseLower.ConvertName);

    private static string Short(JsonNode node)
    {
        var text = node.ToJsonString();
        return text.Length <= 60 ? text : text[..60] + "…";
    }

    private static string Field(string? path) => path is null or "$" ? "(body)" : path.TrimStart('$', '.').Replace("['", "", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal);

    private static string Where(JsonException problem) => problem.LineNumber is { } line ? $"line {line + 1}, byte {problem.BytePositionInLine + 1}." : "it is empty, cut off, or has a field twice.";

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
