using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.Cron;

/// <summary>Words in which tests about schedules are written.</summary>
internal static class CronBed
{
    /// <summary>The clock's own start is Monday 2026-01-05 09:00 UTC, ten o'clock in the agents' Berlin.</summary>
    public static async Task<JsonElement> AddAsync(this EngineHost host, object schedule, string name = "report", Action<JsonObject>? more = null)
    {
        var body = new JsonObject { ["name"] = name, ["prompt"] = $"Do the {name}.", ["schedule"] = JsonSerializer.SerializeToNode(schedule, JsonSerializerOptions.Web) };
        more?.Invoke(body);
        using var response = await host.Http.PostAsJsonAsync("/api/cron", body);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True((int)response.StatusCode == 201, answer.ToString());
        return answer;
    }

    public static async Task<JsonElement> ShowAsync(this EngineHost host, string name = "report") => await host.Http.GetFromJsonAsync<JsonElement>($"/api/cron/{name}");

    public static async Task<IReadOnlyList<JsonElement>> HistoryAsync(this EngineHost host, string name = "report")
        => [.. (await host.Http.GetFromJsonAsync<JsonElement>($"/api/cron/{name}/history")).GetProperty("items").EnumerateArray()];

    public static async Task<(int Status, JsonElement Body)> PostAsync(this EngineHost host, string path, object? body = null)
    {
        using var response = await host.Http.PostAsJsonAsync(path, body ?? new { });
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public static Task<JsonElement> GetFromJsonElementAsync(this HttpClient client, string path) => client.GetFromJsonAsync<JsonElement>(path);
}
