using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.OpenApi;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenApi;

/// <summary>The examples of the description and of docs/api.http are real: each is run, and its answer has the fields that the example and the schema show.</summary>
public sealed partial class ApiExamplesTests
{
    private static readonly JsonSerializerOptions s_written = new(RouteExamples.Json)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly string s_root = Root();
    private static readonly string s_file = Path.Combine(s_root, "docs", "api.http");

    [Fact]
    public async Task P74_EveryExampleOfTheFileAnswersAsItSays()
    {
        await using var host = await StartAsync();
        using var stalled = await StallAsync(host);
        if (Environment.GetEnvironmentVariable("VIGIL_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(s_file, HttpFile.Write(RouteExamples.All, Summaries(host)));
        var text = await File.ReadAllTextAsync(s_file);
        Assert.True(text == HttpFile.Write(RouteExamples.All, Summaries(host)), "docs/api.http is not what the examples make: run with VIGIL_WRITE_DOCS=1.");

        var requests = HttpFile.Read(text).ToList();
        Assert.Equal(RouteExamples.All.Count, requests.Count);
        var document = await DescriptionAsync(host);
        var answers = new Dictionary<string, JsonNode?>();
        var recorded = new List<RouteExample>();
        foreach (var (request, example) in requests.Zip(RouteExamples.All))
        {
            var (status, answer) = await SendAsync(host, request, answers);
            Assert.True(status == request.Status, $"{request.Method} {request.Url}: {(int)status} {answer}");
            if (request.Name is { } name)
                answers[name] = answer;
            AssertFields(document, example, answer);
            recorded.Add(example with { Answer = Recorded(host, answer) });
            if (Environment.GetEnvironmentVariable("VIGIL_WRITE_DOCS") != "1")
                Assert.True(SameShape(example.Answer, recorded[^1].Answer), $"{request.Title}: the answer has other fields than its example; run with VIGIL_WRITE_DOCS=1.\n{answer}");
        }
        if (Environment.GetEnvironmentVariable("VIGIL_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(Path.Combine(s_root, "src", "Vigil.Gateway", "OpenApi", "examples.json"), Json(recorded));
    }

    [Fact]
    public async Task P74_EveryRouteHasASummaryAnAnswerWithASchemaAndAnExample()
    {
        await using var host = await ApiHost.StartAsync();
        var document = await DescriptionAsync(host);
        var lacks = new List<string>();
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject().Where(one => one.Key is not "head" and not "parameters"))
            {
                var name = $"{method.ToUpperInvariant()} {path}";
                if (!RouteExamples.All.Any(example => example.Route == path && example.Method.Equals(method, StringComparison.OrdinalIgnoreCase)))
                    lacks.Add($"{name}: not in docs/api.http");
                if (operation!["summary"] is null)
                    lacks.Add($"{name}: no summary");
                var good = operation["responses"]!.AsObject().Where(response => response.Key[0] == '2').ToList();
                if (good.Count == 0)
                    lacks.Add($"{name}: no 2xx");
                foreach (var (type, content) in good.Where(response => response.Key != "204").SelectMany(response => response.Value!["content"]?.AsObject() ?? []))
                {
                    if (content!["schema"] is null)
                        lacks.Add($"{name}: {type} without a schema");
                }
                if (good.Any(response => response.Key != "204" && response.Value!["content"] is null))
                    lacks.Add($"{name}: an answer without content");
                if (!good.Any(response => response.Key == "204" || response.Value!["content"]?.AsObject().Any(content => content.Value!["example"] is not null || content.Key == "application/octet-stream") == true))
                    lacks.Add($"{name}: no example of the answer");
                if (operation["requestBody"] is { } body && body["content"]!.AsObject().Any(content => content.Value!["example"] is null || content.Value["schema"] is null))
                    lacks.Add($"{name}: a body without schema or example");
            }
        }
        Assert.True(lacks.Count == 0, string.Join('\n', lacks));
    }

    private static async Task<ApiHost> StartAsync()
    {
        var host = await ApiHost.StartAsync(settings: """ "gateway": { "hooks": { "github": { "agent": "main", "prompt": "Something was {{action}}." } } } """);
        host.Key = await host.NewKeyAsync(scopes: KeyScopes.All);
        return host;
    }

    // A work that runs for as long as the test: what comes after it in its session waits.
    private static async Task<IDisposable> StallAsync(ApiHost host)
    {
        var release = new TaskCompletionSource();
        host.Models.Enqueue(FakeModelReply.Stall(release.Task, "done"));
        var asked = await host.PostAsync("/api/work", new JsonObject { ["prompt"] = "Wait.", ["session"] = "busy" });
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        await host.Models.NextAsync();
        return new Released(release);
    }

    private static async Task<(int Status, JsonNode? Answer)> SendAsync(ApiHost host, HttpFileRequest request, IReadOnlyDictionary<string, JsonNode?> answers)
    {
        var variables = new Dictionary<string, string> { ["address"] = host.Address.ToString().TrimEnd('/'), ["key"] = host.Key };
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(request.Method, HttpFile.Fill(request.Url, variables, answers));
        if (request.Body is { } body)
            message.Content = new StringContent(HttpFile.Fill(body, variables, answers), System.Text.Encoding.UTF8, "application/json");
        foreach (var (name, value) in request.Headers.Where(header => header.Name != "Content-Type"))
            message.Headers.TryAddWithoutValidation(name, HttpFile.Fill(value, variables, answers));
        using var response = await client.SendAsync(message);
        var type = response.Content.Headers.ContentType?.MediaType;
        var text = type == "application/octet-stream" ? "" : await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : type == "application/json" ? JsonNode.Parse(text) : JsonValue.Create(text));
    }

    /// <summary>No field of the answer is missing in its schema, as far down as the schema goes.</summary>
    private static void AssertFields(JsonNode document, RouteExample example, JsonNode? answer)
    {
        if (answer is not JsonObject)
            return;
        var operation = document["paths"]![example.Route]?[example.Method.ToLowerInvariant()];
        var schema = operation?["responses"]?[$"{example.Status}"]?["content"]?["application/json"]?["schema"];
        Assert.True(schema is not null, $"{example.Method} {example.Route} does not say what it answers with status {example.Status}.");
        var missing = new List<string>();
        Compare(document, schema, answer, "", missing);
        Assert.True(missing.Count == 0, $"{example.Method} {example.Route} answers fields that its schema does not have: {string.Join(", ", missing)}");
    }

    private static void Compare(JsonNode document, JsonNode? schema, JsonNode? value, string path, List<string> missing)
    {
        schema = Resolve(document, schema);
        if (schema is null)
            return;
        if (value is JsonObject map && schema["properties"] is JsonObject properties)
        {
            foreach (var (name, field) in map)
            {
                if (!properties.ContainsKey(name))
                    missing.Add($"{path}{name}");
                else
                    Compare(document, properties[name], field, $"{path}{name}.", missing);
            }
        }
        else if (value is JsonArray list && schema["items"] is { } items)
        {
            foreach (var item in list)
                Compare(document, items, item, $"{path}[].", missing);
        }
    }

    private static JsonNode? Resolve(JsonNode document, JsonNode? schema)
    {
        while (true)
        {
            if (schema?["oneOf"] is JsonArray choices)
                schema = choices.FirstOrDefault(choice => choice!["$ref"] is not null || choice["properties"] is not null);
            else if (schema?["$ref"]?.GetValue<string>() is { } reference)
                schema = reference["#/".Length..].Split('/').Aggregate(document, (node, step) => node[step]!);
            else
                return schema;
        }
    }

    // What differs from run to run, and from machine to machine, stands for itself.
    private static JsonNode? Recorded(ApiHost host, JsonNode? answer)
    {
        if (answer is null)
            return null;
        var text = answer.ToJsonString(RouteExamples.Json)
            .Replace(host.Home.Root, "/home/me/.vigil", StringComparison.Ordinal)
            .Replace($"\"host\":\"{Environment.MachineName}\"", "\"host\":\"alpha\"", StringComparison.Ordinal)
            .Replace(host.Address.ToString().TrimEnd('/'), "http://127.0.0.1:7070", StringComparison.Ordinal);
        return Trimmed(JsonNode.Parse(Secret().Replace(text, "$1…")));
    }

    private static JsonNode? Trimmed(JsonNode? node) => node switch
    {
        JsonArray list => new JsonArray([.. list.Take(2).Select(item => Trimmed(item?.DeepClone()))]),
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Trimmed(pair.Value?.DeepClone())))),
        _ => node?.DeepClone(),
    };

    private static bool SameShape(JsonNode? left, JsonNode? right) => (left, right) switch
    {
        (JsonObject one, JsonObject other) => one.Select(pair => pair.Key).Order().SequenceEqual(other.Select(pair => pair.Key).Order()),
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => left.GetValueKind() == right.GetValueKind(),
    };

    private static async Task<JsonNode> DescriptionAsync(ApiHost host)
    {
        using var client = host.Client();
        return JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json"))!;
    }

    private static Func<RouteExample, string> Summaries(ApiHost host)
    {
        var summaries = host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => (method, endpoint)))
            .ToLookup(pair => $"{pair.method} /{pair.endpoint.RoutePattern.RawText!.Trim('/').Replace("{**", "{", StringComparison.Ordinal)}", pair => pair.endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary);
        return example => summaries[$"{example.Method} {example.Route}"].FirstOrDefault() ?? example.Route;
    }

    private static string Json(IEnumerable<RouteExample> examples) => JsonSerializer.Serialize(examples, s_written) + "\n";

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Vigil.slnx")))
            directory = directory.Parent!;
        return directory.FullName;
    }

    [GeneratedRegex("(vgl_|vgs_)[0-9a-z]{52}")]
    private static partial Regex Secret();

    private sealed class Released(TaskCompletionSource release) : IDisposable
    {
        public void Dispose() => release.SetResult();
    }
}
