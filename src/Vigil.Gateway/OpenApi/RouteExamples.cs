using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Vigil.Gateway.OpenApi;

/// <summary>One request to one route. The answer was recorded from a gateway, so it cannot show what does not come.</summary>
/// <param name="Path">May hold <c>{{name.response.body.$.path}}</c>: something of the answer to the example of that name.</param>
/// <param name="Open">It needs no key.</param>
internal sealed record RouteExample(string Method, string Route, string Path, string? Name, IReadOnlyDictionary<string, string>? Headers, JsonNode? Body, bool Open, int Status, JsonNode? Answer);

/// <summary>The examples of <c>examples.json</c> beside this file, which <c>docs/api.http</c> is made of too; a test runs them all.</summary>
internal static class RouteExamples
{
    private const string Resource = "Vigil.Gateway.OpenApi.examples.json";

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<RouteExample> All { get; } = Read();

    public static Task AddAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var (type, content) in Contents(operation))
            content.Schema ??= new OpenApiSchema { Type = JsonSchemaType.String, Format = type == "application/octet-stream" ? "binary" : null };
        var route = "/" + context.Description.RelativePath!.TrimEnd('/').Replace("{**", "{", StringComparison.Ordinal);
        if (All.FirstOrDefault(one => one.Method == context.Description.HttpMethod && one.Route == route) is not { } example)
            return Task.CompletedTask;
        if (example.Body is { } body)
        {
            foreach (var content in operation.RequestBody?.Content?.Values ?? [])
                content.Example = body.DeepClone();
        }
        if (operation.Responses!.TryGetValue(example.Status.ToString(null as IFormatProvider), out var response) && example.Answer is { } answer)
        {
            foreach (var content in response.Content?.Values ?? [])
                content.Example = answer.DeepClone();
        }
        return Task.CompletedTask;
    }

    private static IEnumerable<KeyValuePair<string, OpenApiMediaType>> Contents(OpenApiOperation operation)
        => operation.Responses!.Values.SelectMany(response => response.Content ?? new Dictionary<string, OpenApiMediaType>());

    private static IReadOnlyList<RouteExample> Read()
    {
        using var stream = typeof(RouteExamples).Assembly.GetManifestResourceStream(Resource)!;
        return JsonSerializer.Deserialize<IReadOnlyList<RouteExample>>(stream, Json)!;
    }
}
