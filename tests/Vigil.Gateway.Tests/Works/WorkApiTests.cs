using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Works;

/// <summary>Works over HTTP. The clock goes: cancelling waits a moment for the end.</summary>
public sealed class WorkApiTests
{
    [Fact]
    public async Task P62_P68_AWorkShowsAllOfItselfAndItsStreamTellsTheWholeStory()
    {
        await using var host = await StartAsync();
        host.Models.Enqueue("done and dusted");
        var asked = await AskAsync(host);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var id = (await asked.JsonAsync()).Text("id");
        Assert.Equal($"/api/work/{id}", asked.Headers.Location?.OriginalString);
        using var client = host.Client();

        var story = await client.GetStringAsync($"/api/work/{id}/events");
        var later = await client.GetStringAsync($"/api/work/{id}/events");

        Assert.Contains("event: work.requested", story, StringComparison.Ordinal);
        Assert.Contains("event: work.done", story[story.LastIndexOf("event: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Equal(Events(story), Events(later));
        var work = await (await client.GetAsync($"/api/work/{id}")).JsonAsync();
        Assert.Equal(("finished", "main", "run", 1, "answered", "done and dusted"),
            (work.Text("state"), work.Text("agent"), work.Text("source"), work.GetProperty("attempt").GetInt32(), work.Text("outcome"), work.Text("reply")));
        Assert.Equal(("fake/model-a", "fake/model-a"), (work.GetProperty("model").Text("asked"), work.GetProperty("model").Text("used")));
        Assert.Equal((10L, 5L), (work.GetProperty("usage").GetProperty("inputTokens").GetInt64(), work.GetProperty("usage").GetProperty("outputTokens").GetInt64()));
        var step = Assert.Single(Assert.Single(work.GetProperty("attempts").EnumerateArray()).GetProperty("steps").EnumerateArray());
        Assert.Equal("done and dusted", step.Text("text"));
        Assert.True(work.TryGetProperty("reason", out _) && work.GetProperty("usage").TryGetProperty("costUsd", out _));
    }

    [Theory]
    [InlineData("notify", "\"loud\"", "\"loud\"", "one of: gated, always, silent")]
    [InlineData("prompt", "7", "7", "a text")]
    [InlineData("model", "[\"a\"]", "[\"a\"]", "a text")]
    public async Task Post_ValueThatDoesNotFit_SaysWhatTheFieldTakes(string field, string value, string shown, string takes)
    {
        await using var host = await StartAsync();
        using var client = host.Client();
        using var body = new StringContent($$"""{ "agent": "main", {{(field == "prompt" ? "" : "\"prompt\": \"x\", ")}}"{{field}}": {{value}} }""", System.Text.Encoding.UTF8, "application/json");

        var error = await (await client.PostAsync("/api/work", body)).ErrorAsync(HttpStatusCode.BadRequest, "bad_field");

        Assert.Equal(($"The field '{field}' cannot be {shown}.", $"It takes {takes}."), (error.Text("message"), error.Text("hint")));
    }

    [Fact]
    public async Task P63_P64_CancelStopsTheCallAndRetryRunsTheSameIdAgain()
    {
        await using var host = await StartAsync();
        var never = new TaskCompletionSource();
        host.Models.Enqueue(FakeModelReply.Stall(never.Task, "late"), FakeModelReply.Say("now"));
        var id = (await (await AskAsync(host)).JsonAsync()).Text("id");
        await host.Models.NextAsync();

        var cancelled = await PostAsync(host, $"/api/work/{id}/cancel");
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal("cancelled", (await cancelled.JsonAsync()).Text("outcome"));
        await (await PostAsync(host, $"/api/work/{id}/cancel")).ErrorAsync(HttpStatusCode.Conflict, "work_finished");

        var retried = await PostAsync(host, $"/api/work/{id}/retry");
        Assert.Equal((HttpStatusCode.Accepted, id), (retried.StatusCode, (await retried.JsonAsync()).Text("id")));
        using var client = host.Client();
        // The stream passes the end of the first attempt and closes at that of the second.
        var story = await client.GetStringAsync($"/api/work/{id}/events");
        Assert.Contains("event: work.cancelled", story, StringComparison.Ordinal);
        Assert.Contains("event: work.done", story, StringComparison.Ordinal);
        Assert.Equal(Events(story), Events(await client.GetStringAsync($"/api/work/{id}/events")));
        var ended = await (await client.GetAsync($"/api/work/{id}")).JsonAsync();
        Assert.Equal(("answered", "now", 2), (ended.Text("outcome"), ended.Text("reply"), ended.GetProperty("attempt").GetInt32()));
        await (await PostAsync(host, $"/api/work/{id}/retry")).ErrorAsync(HttpStatusCode.Conflict, "work_not_retryable");
        Assert.Equal(0, (await (await client.GetAsync("/api/inbox")).JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/cancel")]
    [InlineData("POST", "/retry")]
    [InlineData("GET", "/events")]
    public async Task P65_AnUnknownId_Is404(string method, string what)
    {
        await using var host = await StartAsync();
        using var client = host.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/work/wrk_none{what}");
        await (await client.SendAsync(request)).ErrorAsync(HttpStatusCode.NotFound, "work_not_found");
    }

    [Fact]
    public async Task P56_HeaderAndFieldAreOneThing_TwoThatDifferAre400()
    {
        await using var host = await StartAsync();
        var both = await AskAsync(host, dedupe: "b", header: "a");
        var error = await both.ErrorAsync(HttpStatusCode.BadRequest, "two_dedupe_keys");
        Assert.Contains("Idempotency-Key", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("dedupeKey", error.Text("message"), StringComparison.Ordinal);

        var byHeader = await AskAsync(host, header: "c");
        var byField = await AskAsync(host, dedupe: "c", header: "c");
        var fieldAlone = await AskAsync(host, dedupe: "c");

        Assert.Equal((await byHeader.JsonAsync()).Text("id"), (await byField.JsonAsync()).Text("id"));
        Assert.Equal("true", fieldAlone.Headers.GetValues("Idempotency-Replayed").Single());
    }

    [Fact]
    public async Task P36_APersonsMessage_GoesBeforeTheBackgroundWorkOfItsSession()
    {
        await using var host = await StartAsync();
        var never = new TaskCompletionSource();
        host.Models.Answer = request => request.Body.Contains("And now?", StringComparison.Ordinal) ? FakeModelReply.Say("for the person") : FakeModelReply.Say("for the work");
        host.Models.Enqueue(FakeModelReply.Stall(never.Task, "too late"));
        var running = await WorkOfMainAsync(host, "first poll");
        await host.Models.NextAsync();
        var waiting = await WorkOfMainAsync(host, "second poll");

        using var answer = await host.PostAsync("/api/chat", new JsonObject { ["session"] = "main", ["message"] = "And now?" });
        Assert.Contains("for the person", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // The person was asked for while both works were unfinished; they go on afterwards.
        Assert.Contains("And now?", (await host.Models.NextAsync()).Body, StringComparison.Ordinal);
        using var client = host.Client();
        foreach (var id in new[] { running, waiting })
        {
            await client.GetStringAsync($"/api/work/{id}/events");
            Assert.Equal("for the work", (await (await client.GetAsync($"/api/work/{id}")).JsonAsync()).Text("reply"));
        }
    }

    private static async Task<string> WorkOfMainAsync(ApiHost host, string prompt)
        => (await (await host.PostAsync("/api/work", new JsonObject { ["prompt"] = prompt, ["session"] = "main", ["context"] = "isolated" })).JsonAsync()).Text("id");

    private static async Task<ApiHost> StartAsync()
    {
        var host = await ApiHost.StartAsync(made => made.Time = TimeProvider.System);
        host.Key = await host.NewKeyAsync(scopes: KeyScopes.All);
        return host;
    }

    private static Task<HttpResponseMessage> AskAsync(ApiHost host, string? dedupe = null, string? header = null)
    {
        var body = new JsonObject { ["prompt"] = "look" };
        if (dedupe is not null)
            body["dedupeKey"] = dedupe;
        return host.PostAsync("/api/work", body, null, header is null ? [] : [("Idempotency-Key", header)]);
    }

    private static Task<HttpResponseMessage> PostAsync(ApiHost host, string path) => host.PostAsync(path, []);

    private static IEnumerable<string> Events(string stream) => stream.Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal) || line.StartsWith("event: ", StringComparison.Ordinal));
}
