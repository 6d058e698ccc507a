using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenAi;

public sealed class ConversationTests
{
    private const string Session = "X-Vigil-Session-Id";

    [Theory]
    [InlineData(Session, "a\u0001b")]
    [InlineData("X-Vigil-Chat-Id", "   ")]
    [InlineData("X-Vigil-Session-Id", "../x")]
    [InlineData("Idempotency-Key", "with space")]
    public async Task P24_P25_P55_AMalformedHeaderIs400NamingIt(string name, string value)
    {
        await using var host = await ApiHost.StartAsync();
        var response = await host.ChatAsync("hi", (name, value));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(name, (await response.JsonAsync()).GetProperty("error").Text("param"));
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task P31_ASessionIdBeyondAsciiIsEchoedAsItCame()
    {
        await using var host = await ApiHost.StartAsync();
        // HttpClient reads and writes headers as Latin-1; what counts is that the bytes come back.
        var sent = System.Text.Encoding.Latin1.GetString("Grüße-日本"u8);
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1, ResponseHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1 };
        using var client = new HttpClient(handler) { BaseAddress = host.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(ApiHost.Say("hi").ToJsonString()) };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {host.Key}");
        request.Headers.TryAddWithoutValidation(Session, sent);
        var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(sent, response.Headers.GetValues(Session).Single());
    }

    [Fact]
    public async Task P27_P28_HeadersRouteAPlainRequestAndNotANamedOne()
    {
        await using var host = await ApiHost.StartAsync(host => host.Routes("""{ "routes": [{ "match": { "platform": "api", "chat_id": "42" }, "agent": "other" }] }"""));
        Assert.Equal("vigil/other", await ModelAsync(host, null, ("X-Vigil-Chat-Id", "42")));
        Assert.Equal("vigil/main", await ModelAsync(host, "vigil", ("X-Vigil-Chat-Id", "43")));
        Assert.Equal("vigil/main", await ModelAsync(host, "vigil/main", ("X-Vigil-Chat-Id", "42")));
        var limited = await host.NewKeyAsync(["main"]);
        var error = await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), limited, [("X-Vigil-Chat-Id", "42")])).ErrorAsync(HttpStatusCode.Forbidden, "agent_not_allowed");
        Assert.DoesNotContain("other", error.Text("message").Replace("another", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P29_AModelOfTheHeaderIsForThisTurnAloneAndNeedsTheKeysLeave()
    {
        await using var host = await ApiHost.StartAsync();
        await host.ChatAsync("one", ("X-Vigil-Model", "fake/model-b"));
        await host.ChatAsync("two");
        Assert.Equal(["model-b", "model-a"], host.Models.Requests.Select(request => request.Model));
        var unknown = await (await host.ChatAsync("x", ("X-Vigil-Model", "nobody/x"))).ErrorAsync(HttpStatusCode.BadRequest, "model_unknown");
        Assert.Equal("X-Vigil-Model", unknown.Text("param"));
        var key = await host.NewKeyAsync(models: ["fake/model-b"]);
        await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("x"), key, [("X-Vigil-Model", "fake/model-c")])).ErrorAsync(HttpStatusCode.Forbidden, "model_not_allowed");
        Assert.Equal(2, host.Models.Requests.Count);
    }

    [Theory]
    [InlineData("/api/work", """{ "agent": "main", "prompt": "x", "model": "fake/model-c" }""")]
    [InlineData("/api/chat", """{ "message": "x", "model": "fake/model-c" }""")]
    public async Task P29_TheKeysListOfModelsHoldsWhereverAModelIsNamed(string path, string body)
    {
        await using var host = await ApiHost.StartAsync();
        var key = await host.NewKeyAsync(models: ["fake/model-b"], scopes: Vigil.Keys.KeyScopes.All);
        var error = await (await host.PostAsync(path, JsonNode.Parse(body)!.AsObject(), key)).ErrorAsync(HttpStatusCode.Forbidden, "model_not_allowed");
        Assert.Contains("fake/model-b", error.Text("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P31_APictureDoesNotPushTheConversationOut()
    {
        await using var host = await ApiHost.StartAsync();
        await host.ChatAsync("I am Ada", (Session, "s"));
        var picture = Convert.ToBase64String(new byte[300_000]);
        var body = JsonNode.Parse($$"""{ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "look" }, { "type": "image_url", "image_url": { "url": "data:image/png;base64,{{picture}}" } }] }] }""")!.AsObject();
        await host.ChatAsync(body, (Session, "s"));

        await host.ChatAsync("who am I?", (Session, "s"));

        var sent = host.Models.Requests[^1].Messages.Skip(1).ToList();
        Assert.Equal(["user", "assistant", "user", "assistant", "user"], sent.Select(message => message.Text("role")));
        Assert.Equal("I am Ada", sent[0].Text("content"));
        Assert.Contains(picture, sent[2].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P30_P32_WithoutASessionNothingIsRemembered()
    {
        await using var host = await ApiHost.StartAsync();
        await host.ChatAsync("my name is Ada", ("X-Vigil-Chat-Id", "7"));
        await host.ChatAsync("who am I?", ("X-Vigil-Chat-Id", "7"));
        Assert.DoesNotContain("Ada", host.Models.Requests[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P31_ASessionRemembersAcrossARestartAndHistoryOfTheBodyIsNotAddedAgain()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue("Hello Ada.");
        var first = await host.ChatAsync("my name is Ada", (Session, "s1"));
        Assert.Equal("s1", first.Headers.GetValues(Session).Single());
        await host.RestartAsync();
        var body = JsonNode.Parse("""
            { "messages": [{ "role": "user", "content": "my name is Ada" }, { "role": "assistant", "content": "Hello Ada." }, { "role": "user", "content": "who am I?" }] }
            """)!.AsObject();
        await host.ChatAsync(body, (Session, "s1"));
        Assert.Equal(["user", "assistant", "user"], Roles(host.Models.Requests[^1]));
    }

    [Fact]
    public async Task P33_ASessionStaysWithItsAgentAndTheSameIdOfAnotherIsAnotherConversation()
    {
        await using var host = await ApiHost.StartAsync(host => host.Routes("""{ "routes": [{ "match": { "platform": "api", "chat_id": "42" }, "agent": "other" }] }"""));
        Assert.Equal("vigil/other", await ModelAsync(host, null, ("X-Vigil-Chat-Id", "42"), (Session, "s1")));
        Assert.Equal("vigil/other", await ModelAsync(host, null, (Session, "s1")));
        Assert.Equal(3, Roles(host.Models.Requests[^1]).Count);
        Assert.Equal("vigil/main", await ModelAsync(host, "vigil/main", (Session, "s1")));
        Assert.Single(Roles(host.Models.Requests[^1]));
    }

    [Fact]
    public async Task P34_TheSecondOfASessionBeginsAfterTheFirstAndOthersDoNotWait()
    {
        await using var host = await ApiHost.StartAsync();
        var release = new TaskCompletionSource();
        host.Models.Enqueue(FakeModelReply.Stall(release.Task, "first answer"));
        var first = host.ChatAsync("first", (Session, "s1"));
        await host.Models.NextAsync();
        var second = host.ChatAsync("second", (Session, "s1"));
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync("elsewhere", (Session, "s2"))).StatusCode);
        release.SetResult();
        await first;
        await second;
        Assert.Contains("first answer", host.Models.Requests[^1].Body, StringComparison.Ordinal);
    }

    private static async Task<string> ModelAsync(ApiHost host, string? model, params (string, string)[] headers)
        => (await (await host.ChatAsync(ApiHost.Say("hi", model), headers)).JsonAsync()).Text("model");

    private static List<string?> Roles(FakeModelRequest request) => [.. request.Messages.Skip(1).Select(message => message.GetProperty("role").GetString())];
}
