using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;

namespace Vigil.Gateway.Tests.Agents;

/// <summary>What the tests of agents ask a gateway on real files.</summary>
internal static class AgentBed
{
    public static async Task<HttpClient> AdminAsync(this ApiHost host, params string[] agents)
    {
        var issued = await host.Services.GetRequiredService<IKeyStore>().AddAsync(
            new NewApiKey("admin", KeyScopes.All) { Agents = agents.Length == 0 ? null : [.. agents.Select(agent => AgentId.Parse(agent))] }, default);
        var client = host.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issued.Plaintext);
        return client;
    }

    public static async Task<JsonElement> ReadAsync(this HttpClient http, string path, HttpStatusCode status = HttpStatusCode.OK) => await AnswerAsync(await http.GetAsync(path), status);

    public static async Task<JsonElement> SendAsync(this HttpClient http, string path, object body, HttpStatusCode status = HttpStatusCode.Created)
        => await AnswerAsync(await http.PostAsJsonAsync(path, body), status);

    public static async Task<JsonElement> RemoveAsync(this HttpClient http, string path, HttpStatusCode status = HttpStatusCode.OK) => await AnswerAsync(await http.DeleteAsync(path), status);

    public static string[] Texts(this JsonElement list, string property) => [.. list.EnumerateArray().Select(item => item.Text(property))];

    public static string Code(this JsonElement error) => error.GetProperty("error").Text("code");

    public static string Message(this JsonElement error) => $"{error.GetProperty("error").Text("message")} {error.GetProperty("error").GetProperty("hint")}";

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(status == response.StatusCode, $"{response.StatusCode}: {text}");
            return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
        }
    }
}
