using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.OpenApi;

public sealed class DescriptionTests
{
    [Fact]
    public async Task P74_TheDescriptionIsValidAndNamesEveryPathOfTheApi()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        var text = await client.GetStringAsync("/openapi/v1.json");
        var read = Microsoft.OpenApi.OpenApiDocument.Parse(text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        var mapped = host.App.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{**", "{", StringComparison.Ordinal))
            .Where(path => path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/v1/", StringComparison.Ordinal))
            .Distinct();
        Assert.Empty(mapped.Except(read.Document!.Paths.Keys));
    }

    [Fact]
    public async Task P74_EveryOperationListsItsErrorsTheRequestIdAndTheKey()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json")).RootElement;
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal)))
            foreach (var operation in path.Value.EnumerateObject())
            {
                var responses = operation.Value.GetProperty("responses");
                foreach (var status in new[] { "400", "401", "403", "429", "500", "503" })
                    Assert.True(responses.TryGetProperty(status, out var response) && response.GetProperty("headers").TryGetProperty("X-Request-Id", out _), $"{operation.Name} {path.Name} {status}");
                Assert.Equal(1, operation.Value.GetProperty("security").GetArrayLength());
            }
        Assert.Equal(["Idempotency-Key", "X-Vigil-Chat-Id", "X-Vigil-Model", "X-Vigil-Session-Id", "X-Vigil-Thread-Id", "X-Vigil-User-Id"], document.GetProperty("paths")
            .GetProperty("/v1/chat/completions").GetProperty("post").GetProperty("parameters").EnumerateArray().Select(parameter => parameter.Text("name")).Order(StringComparer.Ordinal));
        Assert.Contains("limit", document.GetProperty("paths").GetProperty("/api/work").GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => parameter.Text("name")));
        Assert.Equal("#/components/schemas/KeyRequest", document.GetProperty("paths").GetProperty("/api/keys").GetProperty("post")
            .GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema").Text("$ref"));
    }
}
