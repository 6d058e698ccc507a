using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;

namespace Vigil.Gateway.Tests.Errors;

/// <summary>Bodies that a JSON parser lets pass and that hold texts which are none.</summary>
public sealed class BodyTextTests
{
    [Theory]
    [InlineData("/v1/chat/completions", """{ "messages": [{ "role": "user", "content": "\ud800" }] }""")]
    [InlineData("/v1/chat/completions", """{ "messages": [{ "role": "user", "content": "\ud83d and \ude00" }] }""")]
    [InlineData("/v1/chat/completions", """{ "\udc00": 1, "messages": [{ "role": "user", "content": "x" }] }""")]
    [InlineData("/v1/chat/completions", """{ "messages": [{ "role": "user", "content": "x" }], "tools": [{ "type": "function", "function": { "name": "x", "parameters": { "a": "\uDFFF" } } }] }""")]
    [InlineData("/v1/responses", """{ "input": "\ud800" }""")]
    [InlineData("/api/work", """{ "agent": "main", "prompt": "\ud800" }""")]
    [InlineData("/api/work", """{ "agent": "main", "prompt": "x", "metadata": { "\ud800": 1 } }""")]
    [InlineData("/api/chat", """{ "message": "\ud800" }""")]
    [InlineData("/hooks/task", """{ "prompt": "\ud800" }""")]
    [InlineData("/hooks/wake", """{ "text": "\\\ud800" }""")]
    public async Task HalfOfASurrogatePair_Is400(string path, string body)
    {
        await using var host = await ApiHost.StartAsync();
        var error = await (await PostAsync(host, path, Encoding.UTF8.GetBytes(body))).ErrorAsync(HttpStatusCode.BadRequest, "bad_json");
        Assert.Contains("surrogate", error.Text("message"), StringComparison.Ordinal);
        Assert.Empty(host.Models.Requests);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{ "messages": [{ "role": "user", "content": "Ä" }] }""")]
    [InlineData("/api/work", """{ "agent": "main", "prompt": "Ä" }""")]
    public async Task BytesThatAreNoUtf8_Are400(string path, string body)
    {
        await using var host = await ApiHost.StartAsync();
        var error = await (await PostAsync(host, path, Encoding.Latin1.GetBytes(body))).ErrorAsync(HttpStatusCode.BadRequest, "bad_json");
        Assert.Contains("UTF-8", error.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "messages": [{ "role": "user", "content": "\ud83d\ude00 \\ud800 \"\\" }] }""", "😀 \\ud800 \"\\")]
    [InlineData("\uFEFF{ \"messages\": [{ \"role\": \"user\", \"content\": \"hi\" }] }", "hi")]
    public async Task WholePairsEscapedBackslashesAndAByteOrderMark_AreRead(string body, string said)
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(host, "/v1/chat/completions", Encoding.UTF8.GetBytes(body))).StatusCode);
        Assert.StartsWith(said, host.Models.Requests.Single().LastUserText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFieldThatStandsTwice_IsNamed()
    {
        await using var host = await ApiHost.StartAsync();
        var error = await (await PostAsync(host, "/api/work", """{ "prompt": "a", "prompt": "b" }"""u8.ToArray())).ErrorAsync(HttpStatusCode.BadRequest, "bad_json");
        Assert.Contains("'prompt' stands in the body twice", error.Text("message"), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(ApiHost host, string path, byte[] body)
    {
        using var client = host.Client(await host.NewKeyAsync(scopes: KeyScopes.All));
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await client.PostAsync(path, content);
    }
}
