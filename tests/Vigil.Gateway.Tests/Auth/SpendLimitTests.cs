using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Auth;

/// <summary>At 100 dollars for a million tokens a reply of 10,000 tokens costs a dollar; the worst case of a call is about 0.41.</summary>
public sealed class SpendLimitTests
{
    private static readonly FakeModelReply s_dollar = new() { Text = "well", InputTokens = 0, OutputTokens = 10_000 };

    [Theory]
    [InlineData("/v1/chat/completions", """{ "messages": [ { "role": "user", "content": "hi" } ] }""")]
    [InlineData("/v1/chat/completions", """{ "messages": [ { "role": "user", "content": "hi" } ], "stream": true }""")]
    [InlineData("/v1/responses", """{ "input": "hi" }""")]
    public async Task SpentUp_V1_Is429InOpenAiShapeThatSaysWhenItBeginsAnew(string path, string body)
    {
        await using var host = await StartAsync();
        var key = await host.NewKeyAsync(spendPerDay: 1m);
        host.Models.Enqueue(s_dollar, s_dollar);

        using var first = await SendAsync(host, path, body, key);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        // A stream's money is spent when it has ended.
        await first.Content.ReadAsStringAsync();
        var refused = await SendAsync(host, path, body, key);

        var error = await refused.ErrorAsync(HttpStatusCode.TooManyRequests, "key_spend_limit");
        Assert.Equal("rate_limit_error", error.Text("type"));
        Assert.Contains("1 USD a day", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("2026-01-06 00:00:00Z", error.Text("message"), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromHours(15), refused.Headers.RetryAfter!.Delta);
        Assert.Single(host.Models.Requests);

        host.Clock.Advance(TimeSpan.FromHours(15));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(host, path, body, key)).StatusCode);
    }

    [Fact]
    public async Task ACallThatCouldPassTheLimit_IsNotMade_AndOtherKeysGoOn()
    {
        await using var host = await StartAsync();
        var small = await host.NewKeyAsync(spendPerDay: 0.4m);

        await (await SendAsync(host, "/v1/chat/completions", ApiHost.Say("hi").ToJsonString(), small)).ErrorAsync(HttpStatusCode.TooManyRequests, "key_spend_limit");

        Assert.Empty(host.Models.Requests);
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync("hi")).StatusCode);
    }

    [Fact]
    public async Task AModelOfUnknownPrice_IsRefusedToALimitedKey()
    {
        await using var host = await StartAsync(priced: false);
        var key = await host.NewKeyAsync(spendPerDay: 5m);

        var error = await (await SendAsync(host, "/v1/chat/completions", ApiHost.Say("hi").ToJsonString(), key)).ErrorAsync(HttpStatusCode.Forbidden, "price_unknown");

        Assert.Contains("fake/model-a", error.Text("message"), StringComparison.Ordinal);
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task AStoredAnswer_IsToldAlsoWhenTheLimitIsUsedUp()
    {
        await using var host = await StartAsync();
        var key = await host.NewKeyAsync(spendPerDay: 1m);
        host.Models.Enqueue(s_dollar);
        var first = await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), key, [("Idempotency-Key", "k")]);
        var text = await first.Content.ReadAsStringAsync();

        var again = await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), key, [("Idempotency-Key", "k")]);

        Assert.Equal(text, await again.Content.ReadAsStringAsync());
        await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), key, [("Idempotency-Key", "k2")])).ErrorAsync(HttpStatusCode.TooManyRequests, "key_spend_limit");
    }

    [Fact]
    public async Task Works_CountForTheKeyThatAskedForThem()
    {
        await using var host = await StartAsync();
        var key = await host.NewKeyAsync(scopes: KeyScopes.All, spendPerDay: 1.8m);
        host.Models.Enqueue(s_dollar);
        var work = await FinishedAsync(host, key);
        Assert.Equal("answered", work.Text("outcome"));

        // A second one could pass the limit: it is begun, as something is left, and its call is not made.
        host.Models.Enqueue(new FakeModelReply { Text = "well", InputTokens = 0, OutputTokens = 4_000 });
        var cheap = await FinishedAsync(host, key);
        Assert.Equal("answered", cheap.Text("outcome"));
        var stopped = await FinishedAsync(host, key);
        Assert.Equal(("failed", "budget"), (stopped.Text("outcome"), stopped.Text("reason")));
        Assert.Equal(2, host.Models.Requests.Count);

        using var client = host.Client(key);
        var listed = (await (await client.GetAsync("/api/keys")).JsonAsync()).GetProperty("items").EnumerateArray().Single(item => item.TryGetProperty("spendPerDayUsd", out var limit) && limit.ValueKind == JsonValueKind.Number);
        Assert.Equal((1.8m, 1.4m), (listed.GetProperty("spendPerDayUsd").GetDecimal(), listed.GetProperty("spentTodayUsd").GetDecimal()));
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("lastUsedAt").ValueKind);
    }

    [Theory]
    [InlineData("/api/work", """{ "prompt": "look" }""")]
    [InlineData("/hooks/task", """{ "agent": "main", "prompt": "look" }""")]
    [InlineData("/api/chat", """{ "message": "hi" }""")]
    public async Task SpentUp_NothingIsAdmitted(string path, string body)
    {
        await using var host = await StartAsync();
        var key = await host.NewKeyAsync(scopes: KeyScopes.All, spendPerDay: 1m);
        host.Models.Enqueue(s_dollar);
        await (await SendAsync(host, "/v1/chat/completions", ApiHost.Say("hi").ToJsonString(), key)).Content.ReadAsStringAsync();

        await (await SendAsync(host, path, body, key)).ErrorAsync(HttpStatusCode.TooManyRequests, "key_spend_limit");

        using var client = host.Client(key);
        Assert.Equal(0, (await (await client.GetAsync("/api/work")).JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Rotate_LimitSpendAndIdempotencyGoOnWithTheNewKey()
    {
        await using var host = await StartAsync();
        using var owner = host.Client(await host.NewKeyAsync(scopes: KeyScopes.All));
        var made = await (await owner.PostAsJsonAsync("/api/keys", new { name = "bot", scopes = new[] { "chat" }, spendPerDayUsd = 1.00m })).JsonAsync();
        var old = made.Text("key");
        host.Models.Enqueue(s_dollar);
        var first = await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), old, [("Idempotency-Key", "k")]);
        var text = await first.Content.ReadAsStringAsync();

        var rotated = await owner.PostAsJsonAsync("/api/keys/bot/rotate", new { overlap = "1h" });
        Assert.Equal(HttpStatusCode.Created, rotated.StatusCode);
        var fresh = (await rotated.JsonAsync()).Text("key");

        foreach (var key in new[] { old, fresh })
        {
            await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("ho"), key)).ErrorAsync(HttpStatusCode.TooManyRequests, "key_spend_limit");
            Assert.Equal(text, await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), key, [("Idempotency-Key", "k")])).Content.ReadAsStringAsync());
        }
        host.Clock.Advance(TimeSpan.FromHours(1));
        await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("ho"), old)).ErrorAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("ho"), fresh)).ErrorAsync(HttpStatusCode.TooManyRequests, "key_spend_limit");
        Assert.Single(host.Models.Requests);
    }

    [Theory]
    [InlineData("""{ "overlap": "soon" }""", HttpStatusCode.BadRequest, "bad_field")]
    [InlineData("""{ "overlap": "31d" }""", HttpStatusCode.BadRequest, "bad_field")]
    [InlineData("""{ "over": "1h" }""", HttpStatusCode.BadRequest, "unknown_field")]
    public async Task Rotate_BadBody_Is400(string body, HttpStatusCode status, string code)
    {
        await using var host = await StartAsync();
        await (await SendAsync(host, "/api/keys/test/rotate", body, await host.NewKeyAsync(scopes: KeyScopes.All))).ErrorAsync(status, code);
    }

    [Fact]
    public async Task Keys_DoNotReachBeyondThemselves()
    {
        await using var host = await StartAsync();
        var limited = await host.NewKeyAsync(scopes: KeyScopes.All, spendPerDay: 1m);
        var admin = await host.NewKeyAsync(scopes: KeyScopes.Admin);
        var other = (await (await SendAsync(host, "/api/keys", """{ "name": "other", "scopes": ["admin"] }""", admin)).JsonAsync()).GetProperty("details").Text("id");

        await (await SendAsync(host, "/api/keys", """{ "name": "x", "scopes": ["chat"] }""", limited)).ErrorAsync(HttpStatusCode.Forbidden, "forbidden");
        await (await SendAsync(host, $"/api/keys/{other}/rotate", "{}", limited)).ErrorAsync(HttpStatusCode.Forbidden, "forbidden");
        var own = (await host.Client(admin).GetFromJsonAsync<JsonObject>("/api/keys"))!["items"]!.AsArray().Single(key => key!["spendPerDayUsd"] is not null)!["id"]!.GetValue<string>();
        await (await SendAsync(host, $"/api/keys/{own}/rotate", "{}", admin)).ErrorAsync(HttpStatusCode.Forbidden, "forbidden");
        await (await SendAsync(host, "/api/keys/key_nope/rotate", "{}", admin)).ErrorAsync(HttpStatusCode.NotFound, "key_not_found");
        foreach (var amount in new[] { "0", "-1", "1000001", "\"2\"" })
            await (await SendAsync(host, "/api/keys", $$"""{ "name": "x", "scopes": ["admin"], "spendPerDayUsd": {{amount}} }""", admin)).ErrorAsync(HttpStatusCode.BadRequest, "bad_field");
    }

    private static Task<ApiHost> StartAsync(bool priced = true) => ApiHost.StartAsync(host => File.WriteAllText(host.Home.SettingsFile, $$"""
        {
          "models": {
            "default": "fake/model-a",
            "providers": { "fake": { "kind": "openai", "baseUrl": "{{host.Models.OpenAIUrl}}" } },
            "prices": { "fake/{{(priced ? "model-a" : "model-z")}}": { "input": 100, "output": 100 } }
          },
          "timezone": "UTC"
        }
        """));

    private static async Task<JsonElement> FinishedAsync(ApiHost host, string key)
    {
        var id = (await (await SendAsync(host, "/api/work", """{ "prompt": "look" }""", key)).JsonAsync()).Text("id");
        using var client = host.Client(key);
        // The stream ends with the work.
        await client.GetStringAsync($"/api/work/{id}/events");
        return await (await client.GetAsync($"/api/work/{id}")).JsonAsync();
    }

    private static Task<HttpResponseMessage> SendAsync(ApiHost host, string path, string body, string key) => host.PostAsync(path, JsonNode.Parse(body)!.AsObject(), key);
}
