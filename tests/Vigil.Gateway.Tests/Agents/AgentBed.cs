using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Work;

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

    /// <summary>An agent with a persona, a key and a model of its own, so that each request shows whose it is.</summary>
    public static void Person(this ApiHost host, string id, string more = "")
    {
        host.Agent(id, $$"""
            {
              "model": "fake/model-{{id}}",
              "providers": { "fake": { "kind": "openai", "baseUrl": "{{host.Models.OpenAIUrl}}", "apiKey": "file:model.key" } },
              {{more}}
            }
            """);
        var agent = AgentId.Parse(id);
        Directory.CreateDirectory(host.Home.AgentSecrets(agent));
        var key = Path.Combine(host.Home.AgentSecrets(agent), "model.key");
        File.WriteAllText(key, $"key-of-{id}");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Path.Combine(host.Home.Workspace(agent), "SOUL.md"), $"I am soul-of-{id}.");
    }

    /// <summary>Waits for something while the clock moves on with each event: what polls by the clock sees what the event tells of.</summary>
    public static async Task<T> WithClockAsync<T>(this ApiHost host, Task<T> task)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        var log = host.Services.GetRequiredService<IEventLog>();
        while (!task.IsCompleted)
        {
            var newest = (await log.RangeAsync(patience.Token)).Newest;
            host.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, log.WaitAsync(newest, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }
        return await task;
    }

    /// <summary>The work, once it has ended.</summary>
    public static Task<AgentWork> EndedAsync(this ApiHost host, string work)
    {
        return host.WithClockAsync(LookAsync());

        async Task<AgentWork> LookAsync()
        {
            var log = host.Services.GetRequiredService<IEventLog>();
            while (true)
            {
                var newest = (await log.RangeAsync(default)).Newest;
                if (await host.Services.GetRequiredService<IWorkStore>().GetAsync(work, default) is { State: WorkState.Finished } ended)
                    return ended;
                await log.WaitAsync(newest, default);
            }
        }
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
