using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;

namespace Vigil.Gateway.Tests.Auth;

public sealed class KeyTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer vgl_0000000000000000000000000000000000000000000000000000")]
    [InlineData("Bearer nonsense")]
    [InlineData("Basic dmdsOng=")]
    public async Task P43_NoUsableKeyIs401WithTheSameTextOnAnyPathButHealth(string? authorization)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = host.Anonymous();
        if (authorization is not null)
            client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(authorization);
        foreach (var path in new[] { "/api/status", "/api/events", "/nowhere", "/openapi/v1.json" })
        {
            var error = await (await client.GetAsync(path)).ErrorAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            Assert.Equal("This needs a key.", error.Text("message"));
        }
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task P43_AKeyInTheAddressIs400()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = host.Anonymous();
        var key = await host.NewKeyAsync();
        await (await client.GetAsync($"/api/status?api_key={key}")).ErrorAsync(HttpStatusCode.BadRequest, "key_in_query");
    }

    [Fact]
    public async Task P44_AKeyWithoutTheScopeIs403NamingIt()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync(KeyScopes.Chat);
        var error = await (await client.GetAsync("/api/status")).ErrorAsync(HttpStatusCode.Forbidden, "missing_scope");
        Assert.Contains("'admin'", error.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P45_ALimitedKeySeesItsAgentsAlone()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync(KeyScopes.Admin, "main");
        await host.AppendAsync("work.done", "main");
        await host.AppendAsync("work.done", "other");
        await host.AppendAsync("gateway.started");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events?after=0");
        request.Headers.Accept.ParseAdd("application/json");
        var items = (await (await client.SendAsync(request)).JsonAsync()).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["main"], items.Select(item => item.Text("agent")));
        Assert.Equal(1, (await (await client.GetAsync("/api/status")).JsonAsync()).GetProperty("agents").GetInt32());
        await (await client.GetAsync("/api/events?agent=other")).ErrorAsync(HttpStatusCode.NotFound, "agent_not_found");
        await (await client.GetAsync("/api/events?agent=nobody")).ErrorAsync(HttpStatusCode.NotFound, "agent_not_found");
        await (await client.PostAsync("/api/backup", null)).ErrorAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task P46_AKeyIsShownOnceAndListedInNoUsableForm()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        var response = await client.PostAsJsonAsync("/api/keys", new { name = "phone", scopes = new[] { "chat" }, agents = new[] { "main" } });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var key = (await response.JsonAsync()).Text("key");
        var listing = await client.GetStringAsync("/api/keys");
        Assert.DoesNotContain(key, listing, StringComparison.Ordinal);
        Assert.Contains("\"phone\"", listing, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(key, StringComparison.Ordinal));
        await (await client.PostAsJsonAsync("/api/keys", new { name = "phone ", scopes = new[] { "work" } })).ErrorAsync(HttpStatusCode.Conflict, "name_taken");
        using var phone = host.With(key);
        await (await phone.GetAsync("/api/keys")).ErrorAsync(HttpStatusCode.Forbidden, "missing_scope");
    }

    [Theory]
    [InlineData("""{ "name": "x", "scopes": ["root"] }""", "bad_field")]
    [InlineData("""{ "name": "x", "scopes": [] }""", "bad_field")]
    [InlineData("""{ "name": " ", "scopes": ["chat"] }""", "bad_field")]
    [InlineData("""{ "name": "x" }""", "missing_field")]
    [InlineData("""{ "name": "x", "scopes": ["chat"], "scope": 1 }""", "unknown_field")]
    [InlineData("""{ "name": 5, "scopes": ["chat"] }""", "bad_field")]
    [InlineData("""{ "name": "x", "scopes": ["chat"], "agents": ["NO"] }""", "bad_field")]
    [InlineData("""{ "name": "x", "scopes": ["chat", null] }""", "bad_field")]
    [InlineData("""{ "name": "x", "scopes": ["chat"], "agents": [null] }""", "bad_field")]
    [InlineData("""{ "name": "x", "name": "y", "scopes": ["chat"] }""", "bad_json")]
    [InlineData("""[1]""", "bad_json")]
    [InlineData("""{ """, "bad_json")]
    [InlineData("", "bad_json")]
    public async Task AddKey_BadBody_Is400WithACode(string body, string code)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        await (await client.PostAsync("/api/keys", new StringContent(body))).ErrorAsync(HttpStatusCode.BadRequest, code);
        Assert.Single(await host.Keys.ListAsync(default));
    }

    [Fact]
    public async Task AddKey_BeyondOnesOwnReach_Is403()
    {
        await using var host = await GatewayHost.StartAsync();
        using var admin = await host.SignedInAsync(KeyScopes.Admin);
        await (await admin.PostAsJsonAsync("/api/keys", new { name = "x", scopes = new[] { "chat" } })).ErrorAsync(HttpStatusCode.Forbidden, "forbidden");
        using var limited = await host.SignedInAsync(KeyScopes.All, "main");
        await (await limited.PostAsJsonAsync("/api/keys", new { name = "x", scopes = new[] { "chat" } })).ErrorAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task P47_RevokingRefusesTheNextRequestAndEndsStreams()
    {
        await using var host = await GatewayHost.StartAsync();
        using var owner = await host.SignedInAsync();
        using var client = await host.SignedInAsync();
        var id = (await host.Keys.ListAsync(default))[^1].Id;
        using var stream = await SseReader.OpenAsync(client, "/api/events?after=0");
        Assert.Equal(": open", await stream.FrameAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync($"/api/keys/{id}")).StatusCode);
        await (await client.GetAsync("/api/status")).ErrorAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await stream.FrameAsync());
        await (await owner.DeleteAsync("/api/keys/key_nope")).ErrorAsync(HttpStatusCode.NotFound, "key_not_found");
    }

    [Fact]
    public async Task P49_ManyWrongKeysAre429AndARightOneStillWorks()
    {
        await using var host = await GatewayHost.StartAsync();
        using var wrong = host.With("vgl_wrong");
        using var right = await host.SignedInAsync();
        HttpResponseMessage? last = null;
        for (var i = 0; i < 21; i++)
            last = await wrong.GetAsync("/api/status");
        await last!.ErrorAsync(HttpStatusCode.TooManyRequests, "too_many_wrong_keys");
        Assert.InRange(last!.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.OK, (await right.GetAsync("/api/status")).StatusCode);
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await (await wrong.GetAsync("/api/status")).ErrorAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }
}
