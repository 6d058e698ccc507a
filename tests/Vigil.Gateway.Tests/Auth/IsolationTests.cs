using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.OpenApi;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Auth;

/// <summary>What a key that is limited to one agent gets when it asks every route for another agent's things.</summary>
public sealed partial class IsolationTests
{
    /// <summary>Stands in every text of the other agent, and nowhere else.</summary>
    private const string Secret = "zebra";

    private const string Name = "stripes";

    [Fact]
    public async Task P45_NoRouteShowsOrChangesAnotherAgentsThings()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Answer = _ => FakeModelReply.Say($"the {Secret} says so");
        var owner = await host.NewKeyAsync(scopes: KeyScopes.All);
        var things = await FillAsync(host, await host.NewKeyAsync(["other"], scopes: KeyScopes.All));
        var before = await SeenAsync(host, owner);
        Assert.True(Regex.Count(before, Secret) > 8, before);

        var wrong = new List<string>();
        using var client = host.Client(await host.NewKeyAsync(["main"], scopes: KeyScopes.All));
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        var asked = 0;
        foreach (var (method, path, body, names) in Requests(host, things))
        {
            using var message = new HttpRequestMessage(new HttpMethod(method), path);
            if (body is not null)
                message.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await client.SendAsync(message);
            var text = await response.Content.ReadAsStringAsync();
            asked++;
            if (text.Contains(Secret, StringComparison.OrdinalIgnoreCase))
                wrong.Add($"{method} {path} {body}: shows {text}");
            // What the request itself names may be repeated in the refusal.
            if (names && response.IsSuccessStatusCode)
                wrong.Add($"{method} {path} {body}: {(int)response.StatusCode} {text}");
            if (!names && things.Append(Name).Append("vigil/other").Append("\"other\"").FirstOrDefault(thing => text.Contains(thing, StringComparison.Ordinal)) is { } thing)
                wrong.Add($"{method} {path} {body}: names {thing}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(asked > 200, $"{asked}");
        Assert.Equal(before, await SeenAsync(host, owner));
    }

    [Fact]
    public async Task P45_PlainVigilThatRoutesElsewhere_Is403WithoutNamingTheAgent()
    {
        await using var host = await ApiHost.StartAsync(made => made.Settings(""" "defaultAgent": "other" """));
        var key = await host.NewKeyAsync(["main"]);

        var error = await (await host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), key)).ErrorAsync(System.Net.HttpStatusCode.Forbidden, "agent_not_allowed");

        Assert.DoesNotContain("other", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(host.Models.Requests);
    }

    /// <summary>Something of everything that there is, of agent other; what comes back names it.</summary>
    private static async Task<IReadOnlyList<string>> FillAsync(ApiHost host, string key)
    {
        async Task<JsonElement> MakeAsync(string path, string body) => await (await host.PostAsync(path, JsonNode.Parse(body)!.AsObject(), key)).JsonAsync();
        using var client = host.Client(key);
        var work = (await MakeAsync("/api/work", $$"""{ "agent": "other", "prompt": "{{Secret}}", "notify": "always", "deliver": "inbox", "metadata": { "of": "{{Secret}}" } }""")).Text("id");
        await client.GetStringAsync($"/api/work/{work}/events");
        var response = (await MakeAsync("/v1/responses", $$"""{ "model": "vigil/other", "input": "{{Secret}}" }""")).Text("id");
        await (await host.PostAsync("/v1/chat/completions", ApiHost.Say(Secret, "vigil/other"), key, [("X-Vigil-Session-Id", "shared")])).Content.ReadAsStringAsync();
        await (await host.PostAsync("/api/chat", JsonNode.Parse($$"""{ "agent": "other", "message": "{{Secret}}" }""")!.AsObject(), key)).Content.ReadAsStringAsync();
        var schedule = (await MakeAsync("/api/cron", $$"""{ "agent": "other", "name": "{{Name}}", "schedule": { "every": "1h" }, "prompt": "{{Secret}}" }""")).Text("id");
        var made = (await MakeAsync("/api/keys", $$"""{ "name": "{{Name}}", "scopes": ["chat"], "agents": ["other"] }""")).GetProperty("details").Text("id");
        var inbox = await (await client.GetAsync("/api/inbox")).JsonAsync();
        var notification = inbox.GetProperty("items")[0].Text("id");
        return [work, response, schedule, made, notification, "agent:other:main", "agent:other:api:shared"];
    }

    /// <summary>What the owner sees of everything.</summary>
    private static async Task<string> SeenAsync(ApiHost host, string owner)
    {
        using var client = host.Client(owner);
        var seen = new StringBuilder();
        foreach (var path in new[] { "/api/work?agent=other", "/api/inbox?agent=other&done=true", "/api/sessions?agent=other", "/api/sessions/agent:other:main/messages", "/api/sessions/agent:other:api:shared/messages", "/api/cron?agent=other&all=true", "/api/heartbeats/other", "/api/ledger/calls?agent=other" })
            seen.AppendLine(await client.GetStringAsync(path));
        foreach (var key in (await (await client.GetAsync("/api/keys")).JsonAsync()).GetProperty("items").EnumerateArray().Where(key => key.Text("name") == Name))
            seen.AppendLine(key.ToString());
        return seen.ToString();
    }

    private static IEnumerable<(string Method, string Path, string? Body, bool Names)> Requests(ApiHost host, IReadOnlyList<string> things)
    {
        var routes = host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => (method, pattern: "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{**", "{", StringComparison.Ordinal))))
            .Where(route => !route.pattern.StartsWith("/sign", StringComparison.Ordinal) && !route.pattern.StartsWith("/openapi", StringComparison.Ordinal)).Distinct().ToList();
        foreach (var (method, pattern) in routes)
        {
            var example = RouteExamples.All.FirstOrDefault(one => one.Route == pattern && one.Method == method)?.Body?.ToJsonString();
            var body = example ?? (method is "POST" or "PATCH" ? "{}" : null);
            if (pattern.Contains('{'))
            {
                foreach (var thing in things.Concat(["other", "vigil%2Fother", Name]))
                    yield return (method, Parameter().Replace(pattern, Uri.EscapeDataString(thing).Replace("%252F", "%2F", StringComparison.Ordinal)), body, true);
                continue;
            }
            if (body is null)
            {
                yield return (method, pattern, null, false);
                if (pattern.StartsWith("/api/", StringComparison.Ordinal) && method == "GET")
                {
                    yield return (method, pattern + "?limit=500&after=0", null, false);
                    foreach (var query in new[] { "agent=other", $"work={things[0]}", $"parent={things[0]}", "session=agent:other:main", $"name={Name}", "done=true", "all=true", "from=2020-01-01", "by=agent" })
                        yield return (method, $"{pattern}?{query}", null, false);
                }
                continue;
            }
            if (example?.Contains("main", StringComparison.Ordinal) == true)
                yield return (method, pattern, example.Replace("main", "other", StringComparison.Ordinal), true);
        }
        yield return ("POST", "/v1/responses", $$"""{ "input": "who am I?", "previous_response_id": "{{things[1]}}" }""", true);
        yield return ("POST", "/v1/responses", $$"""{ "model": "vigil/main", "input": "who am I?", "previous_response_id": "{{things[1]}}" }""", true);
        yield return ("POST", "/api/chat", """{ "message": "hi", "session": "agent:other:main" }""", true);
        yield return ("POST", "/api/work", """{ "prompt": "hi", "session": "agent:other:main" }""", true);
        yield return ("POST", "/hooks/task", """{ "prompt": "hi", "session": "agent:other:main" }""", true);
        yield return ("POST", "/api/cron", """{ "agent": "main", "schedule": { "every": "1h" }, "prompt": "hi", "session": "agent:other:main" }""", true);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
