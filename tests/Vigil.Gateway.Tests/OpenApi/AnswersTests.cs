using System.Text;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;

namespace Vigil.Gateway.Tests.OpenApi;

/// <summary>What clients are made from: refusals, streams and empty values stand in the description too.</summary>
public sealed class AnswersTests
{
    private const string Schedule = """{ "agent": "main", "name": "tea", "schedule": { "cron": "0 9 * * *" }, "prompt": "p" }""";

    [Theory]
    [InlineData(409, "POST", "/api/cron", "/api/cron", Schedule)]
    [InlineData(404, "POST", "/api/cron", "/api/cron", """{ "agent": "nobody", "name": "x", "schedule": { "cron": "0 9 * * *" }, "prompt": "p" }""")]
    [InlineData(400, "POST", "/api/cron", "/api/cron", """{ "name": "", "schedule": { "cron": "0 99 * * *" }, "prompt": "" }""")]
    [InlineData(409, "GET", "/api/cron/tea", "/api/cron/{id}", null)]
    [InlineData(200, "GET", "/api/cron/tea?agent=other", "/api/cron/{id}", null)]
    [InlineData(409, "POST", "/api/agents", "/api/agents", """{ "id": "other" }""")]
    [InlineData(409, "POST", "/api/agents/main/clone", "/api/agents/{id}/clone", """{ "id": "other" }""")]
    [InlineData(409, "DELETE", "/api/agents/other", "/api/agents/{id}", null)]
    [InlineData(200, "GET", "/api/agents/other", "/api/agents/{id}", null)]
    [InlineData(409, "POST", "/api/routes", "/api/routes", """{ "match": { "platform": "api", "chat_id": "1" }, "agent": "main" }""")]
    [InlineData(409, "POST", "/api/keys", "/api/keys", """{ "name": "taken", "scopes": ["chat"] }""")]
    [InlineData(404, "POST", "/api/work", "/api/work", """{ "agent": "nobody", "prompt": "x" }""")]
    [InlineData(404, "POST", "/api/chat", "/api/chat", """{ "agent": "nobody", "message": "x" }""")]
    [InlineData(404, "POST", "/hooks/task", "/hooks/task", """{ "agent": "nobody", "prompt": "x" }""")]
    [InlineData(404, "POST", "/hooks/wake", "/hooks/wake", """{ "agent": "nobody", "text": "x" }""")]
    [InlineData(415, "POST", "/hooks/task", "/hooks/task", "plain text")]
    [InlineData(415, "POST", "/hooks/wake", "/hooks/wake", "plain text")]
    [InlineData(200, "GET", "/api/heartbeats/main", "/api/heartbeats/{agent}", null)]
    [InlineData(200, "POST", "/v1/chat/completions", "/v1/chat/completions", """{ "stream": true, "messages": [ { "role": "user", "content": "Hi." } ] }""")]
    [InlineData(200, "POST", "/v1/responses", "/v1/responses", """{ "stream": true, "input": "Hi." }""")]
    public async Task P74_AnAnswerIsOneThatTheDescriptionNames(int expected, string method, string path, string route, string? body)
    {
        await using var host = await ApiHost.StartAsync();
        host.Key = await host.NewKeyAsync(scopes: KeyScopes.All);
        using var client = host.Client();
        foreach (var (where, what) in new[]
        {
            ("/api/cron", Schedule), ("/api/cron", Schedule.Replace("main", "other", StringComparison.Ordinal)),
            ("/api/routes", """{ "match": { "platform": "api" }, "agent": "main" }"""), ("/api/keys", """{ "name": "taken", "scopes": ["chat"] }"""),
        })
        {
            using var made = await client.PostAsync(where, Content(what));
            Assert.Equal(201, (int)made.StatusCode);
        }
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : Content(body) };

        using var response = await client.SendAsync(request);

        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == (int)response.StatusCode, text);
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json"))!;
        var content = document["paths"]![route]![method.ToLowerInvariant()]!["responses"]![$"{expected}"]?["content"]?.AsObject();
        Assert.True(content is not null, $"{method} {route} does not name {expected}.");
        var type = response.Content.Headers.ContentType!.MediaType!;
        Assert.Contains(type, content.Select(pair => pair.Key));
        if (type == "application/json")
            Assert.Equal([], Described.Misfits(document, content[type]!["schema"]!, JsonNode.Parse(text), "answer"));
    }

    [Fact]
    public async Task ReadingTheDescription_LeavesTheGatewayFollowingItsFiles()
    {
        await using var host = await ApiHost.StartAsync();
        host.Key = await host.NewKeyAsync(scopes: KeyScopes.All);
        using var client = host.Client();
        await client.GetStringAsync("/openapi/v1.json");

        host.Settings("\"defaultAgent\": \"other\"");
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("other", JsonNode.Parse(await client.GetStringAsync("/api/status"))!["defaultAgent"]!.GetValue<string>());
    }

    private static StringContent Content(string body) => new(body, Encoding.UTF8, body.StartsWith('{') ? "application/json" : "text/plain");
}
