using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Vigil.Chaos.Tests.Support;

/// <summary>The gateway's HTTP as a caller sees it, whichever life answers.</summary>
internal sealed class GatewayApi(GatewayHome home, Func<Uri?> address)
{
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>The id when the gateway said "accepted", null when nobody did: the caller cannot know whether the work is there and asks again.</summary>
    public async Task<string?> TryAdmitAsync(JsonObject body)
    {
        if (address() is not { } root)
            return null;
        try
        {
            using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(root, "/api/work")) { Content = JsonContent.Create(body) });
            if (answer.StatusCode is HttpStatusCode.Accepted)
                return (await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
            Assert.True((int)answer.StatusCode >= 500, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            return null;
        }
        catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    public async Task<string> AdmitAsync(string prompt, string? notify = null)
        => (await TryAdmitAsync(new JsonObject { ["prompt"] = prompt, ["notify"] = notify }))!;

    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(address()!, path)));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"GET {path}: {answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>All pages of a list.</summary>
    public async Task<IReadOnlyList<JsonNode>> AllAsync(string path)
    {
        var all = new List<JsonNode>();
        string? after = null;
        do
        {
            var page = await GetAsync($"{path}?limit=500{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            after = page["next"]?.GetValue<string>();
        }
        while (after is not null);
        return all;
    }

    public Task<JsonNode> FinishedAsync(string work)
        => Until.IsThereAsync($"the end of {work}", async () => await GetAsync($"/api/work/{work}") is var found && found["state"]!.GetValue<string>() == "finished" ? found : null);

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", home.Key);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return s_http.SendAsync(request);
    }
}
