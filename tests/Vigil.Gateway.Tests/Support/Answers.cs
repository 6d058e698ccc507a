using System.Net;
using System.Text.Json;

namespace Vigil.Gateway.Tests.Support;

/// <summary>Short ways to look at an answer.</summary>
internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response)
        => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.Clone();

    /// <summary>Asserts status and code of an error, and that its correlation id is that of the header.</summary>
    public static async Task<JsonElement> ErrorAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {body}");
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error").Clone();
        Assert.Equal(code, error.GetProperty("code").GetString());
        if (error.TryGetProperty("correlationId", out var id))
            Assert.Equal(response.Headers.GetValues("X-Request-Id").Single(), id.GetString());
        return error;
    }

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;
}
