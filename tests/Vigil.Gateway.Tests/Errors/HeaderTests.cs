using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.Errors;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/")]
    [InlineData("/nowhere")]
    [InlineData("/api/bug")]
    public async Task P73_AnyAnswerCarriesTheSecurityHeaders(string path)
    {
        await using var host = await GatewayHost.StartAsync(app => app.MapGet("/api/bug", string () => throw new InvalidOperationException()).OpenToAll());
        using var client = host.Anonymous();
        var headers = (await client.GetAsync(path)).Headers;
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("no-store", headers.CacheControl!.ToString());
        Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.StartsWith("req_", headers.GetValues("X-Request-Id").Single(), StringComparison.Ordinal);
        Assert.False(headers.Contains("Server"));
    }

    [Fact]
    public async Task P72_AnOriginThatIsNotListedGetsNothingAndAListedOneIsEchoed()
    {
        await using var host = await GatewayHost.StartAsync(null, "gateway.allowedOrigins=[\"https://chat.example.org\"]");
        using var client = host.Anonymous();
        var stranger = await SendAsync(client, HttpMethod.Get, "https://evil.example");
        Assert.False(stranger.Headers.Contains("Access-Control-Allow-Origin"));
        await (await SendAsync(client, HttpMethod.Options, "https://evil.example")).ErrorAsync(HttpStatusCode.Forbidden, "origin_not_allowed");
        var listed = await SendAsync(client, HttpMethod.Get, "https://chat.example.org");
        Assert.Equal("https://chat.example.org", listed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("Origin", listed.Headers.Vary);
        var preflight = await SendAsync(client, HttpMethod.Options, "https://chat.example.org");
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Contains("Authorization", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Vigil-Chat-Id", "a\u0001b", "control character")]
    [InlineData("X-Vigil-Session-Id", "\u007f", "control character")]
    [InlineData("X-Vigil-User-Id", "   ", "is empty")]
    [InlineData("X-Vigil-Thread-Id", "", "is empty")]
    [InlineData("Idempotency-Key", "", "is empty")]
    [InlineData("Idempotency-Key", "a b", "visible ASCII")]
    public async Task P24_P25_P55_AMalformedHeaderIs400NamingIt(string name, string value, string rule)
    {
        await using var host = await StartAsync();
        using var client = host.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/headers");
        request.Headers.TryAddWithoutValidation(name, value);
        var error = await (await client.SendAsync(request)).ErrorAsync(HttpStatusCode.BadRequest, "bad_header");
        Assert.Equal(name, error.Text("param"));
        Assert.Contains(rule, error.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Vigil-Chat-Id", 257)]
    [InlineData("Idempotency-Key", 256)]
    public async Task P25_P55_ATooLongHeaderIs400NamingIt(string name, int length)
    {
        await using var host = await StartAsync();
        using var client = host.Anonymous();
        client.DefaultRequestHeaders.Add(name, new string('a', length));
        Assert.Equal(name, (await (await client.GetAsync("/v1/headers")).ErrorAsync(HttpStatusCode.BadRequest, "bad_header")).Text("param"));
        client.DefaultRequestHeaders.Clear();
        client.DefaultRequestHeaders.Add(name, new string('a', length - 1));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/headers")).StatusCode);
    }

    [Fact]
    public async Task P23_P25_P26_SpacesDoNotCountTheSameTwiceIsOnceAndTwoValuesAreRefused()
    {
        await using var host = await StartAsync();
        using var client = host.Anonymous();
        Assert.Equal("||", await client.GetStringAsync("/v1/headers"));
        Assert.Equal("c1||m", await (await RawAsync(client, ("X-Vigil-Chat-Id", "  c1 "), ("X-Vigil-Chat-Id", "c1"), ("X-Vigil-Model", "m"))).Content.ReadAsStringAsync());
        var error = await (await RawAsync(client, ("X-Vigil-Chat-Id", "c1"), ("X-Vigil-Chat-Id", "c2"))).ErrorAsync(HttpStatusCode.BadRequest, "bad_header");
        Assert.Contains("twice", error.Text("message"), StringComparison.Ordinal);
    }

    private static Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(app => app.MapGet("/v1/headers", (HttpRequest request) =>
    {
        var headers = VigilHeaders.Read(request);
        return $"{headers.ChatId}|{headers.SessionId}|{headers.Model}";
    }).OpenToAll());

    private static async Task<HttpResponseMessage> RawAsync(HttpClient client, params (string Name, string Value)[] headers)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(client.BaseAddress!.Host, client.BaseAddress.Port);
        await using var stream = socket.GetStream();
        var head = $"GET /v1/headers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"))}\r\n";
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(head));
        using var reader = new StreamReader(stream);
        var answer = (await reader.ReadToEndAsync()).Split("\r\n\r\n", 2);
        var response = new HttpResponseMessage((HttpStatusCode)int.Parse(answer[0].Split(' ')[1], null));
        foreach (var line in answer[0].Split("\r\n").Skip(1))
            response.Headers.TryAddWithoutValidation(line.Split(": ")[0], line.Split(": ", 2)[1]);
        var chunked = answer[0].Contains("chunked", StringComparison.OrdinalIgnoreCase);
        response.Content = new StringContent(chunked ? string.Concat(answer[1].Split("\r\n").Where((_, i) => i % 2 == 1)) : answer[1]);
        return response;
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string origin)
    {
        var request = new HttpRequestMessage(method, "/healthz");
        request.Headers.Add("Origin", origin);
        if (method == HttpMethod.Options)
            request.Headers.Add("Access-Control-Request-Method", "POST");
        return client.SendAsync(request);
    }
}
