using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Works;

public sealed class AdmissionTests
{
    [Fact]
    public async Task W1_AKnownAgentAndAPrompt_AreAcceptedWithAWorkThatIsThereAtOnce()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.");
        var client = await host.WithKeyAsync(KeyScopes.Work);

        var (status, work) = await host.AskAsync(new { agent = "main", prompt = "Look." }, client);

        Assert.Equal(202, status);
        var id = work.GetProperty("id").GetString()!;
        Assert.Equal(id, (await client.GetFromJsonAsync<JsonElement>($"/api/work/{id}")).GetProperty("id").GetString());
        var requested = Assert.Single(await host.EventsAsync("work.requested"));
        Assert.Equal(("run", id), (requested.Source, requested.Work));
        await host.EndAsync(id);
    }

    [Fact]
    public async Task W4_TheSameKeyAgain_IsTheFirstWork()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.");
        var body = new { agent = "main", prompt = "Look." };

        var first = await host.AskAsync(body, key: "k1");
        var again = await host.AskAsync(body, key: "k1");
        var inTheBody = await host.AskAsync(new { agent = "main", prompt = "Look.", dedupeKey = "k1" });

        var id = first.Body.GetProperty("id").GetString()!;
        Assert.Equal((202, id), (again.Status, again.Body.GetProperty("id").GetString()));
        Assert.Equal((202, id), (inTheBody.Status, inTheBody.Body.GetProperty("id").GetString()));
        await host.EndAsync(id);
        Assert.Single(await host.WorksAsync());
        Assert.Single(await host.EventsAsync("work.requested"));
        Assert.Single(host.Model.Client.Requests);
    }

    [Fact]
    public async Task W6_TheSameKeyWithAnotherBody_IsAConflictAndTheFirstWorkStands()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.");
        await host.AskAsync(new { agent = "main", prompt = "Look." }, key: "k1");

        var (status, body) = await host.AskAsync(new { agent = "main", prompt = "Look elsewhere." }, key: "k1");

        Assert.Equal((409, "idempotency_conflict"), (status, body.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("Look.", Assert.Single(await host.EndedAsync(1)).Prompt);
    }

    [Fact]
    public async Task W7_TwoCallersWithOneKeyWord_HaveAWorkEachAndSeeTheirOwnAgentsAlone()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Answer = _ => [new Microsoft.Extensions.AI.TextContent("Done.")];
        var mine = await host.WithKeyAsync(KeyScopes.Work, "main");
        var theirs = await host.WithKeyAsync(KeyScopes.Work, "other");

        var first = (await host.AskAsync(new { agent = "main", prompt = "Look." }, mine, "same")).Body.GetProperty("id").GetString()!;
        var second = (await host.AskAsync(new { agent = "other", prompt = "Look." }, theirs, "same")).Body.GetProperty("id").GetString()!;

        Assert.NotEqual(first, second);
        Assert.Equal(404, (int)(await theirs.GetAsync($"/api/work/{first}")).StatusCode);
        Assert.DoesNotContain(first, await theirs.GetStringAsync("/api/work"), StringComparison.Ordinal);
        await host.EndedAsync(2);
    }

    [Theory]
    [InlineData("""{ "agent": "mian", "prompt": "Look." }""", "mian", "agent")]
    [InlineData("""{ "agent": "main", "prompt": "Look.", "model": "nowhere/m" }""", "nowhere", "scripted")]
    public async Task W9_AnUnknownAgentOrModel_IsRefusedWithTheBadAndAGoodValue(string body, string bad, string good)
    {
        await using var host = await EngineHost.StartAsync();

        var (status, answer) = await host.AskAsync(JsonNode.Parse(body)!);

        Assert.InRange(status, 400, 499);
        Assert.Contains(bad, answer.ToString(), StringComparison.Ordinal);
        Assert.Contains(good, answer.ToString(), StringComparison.Ordinal);
        Assert.Empty(await host.WorksAsync());
    }

    [Theory]
    [InlineData("""{ "agent": "main", "prompt": "Look.", "source": "heartbeat" }""", "source")]
    [InlineData("""{ "agent": "main", "prompt": "Look.", "colour": "red" }""", "colour")]
    [InlineData("""{ "agent": "main" }""", "prompt")]
    [InlineData("""{ "agent": "main", "prompt": " " }""", "prompt")]
    public async Task W10_AnUnknownFieldOrABlankPrompt_IsRefusedByItsName(string body, string field)
    {
        await using var host = await EngineHost.StartAsync();

        var (status, answer) = await host.AskAsync(JsonNode.Parse(body)!);

        Assert.Equal(400, status);
        Assert.Contains(field, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(await host.WorksAsync());
    }

    [Fact]
    public async Task W11_WhoMayNotAsk_LeavesNoRow()
    {
        await using var host = await EngineHost.StartAsync();
        var body = new { agent = "main", prompt = "Look." };
        var wrong = host.Anonymous();
        wrong.DefaultRequestHeaders.Authorization = new("Bearer", "vgl_nobody");

        Assert.Equal(401, (await host.AskAsync(body, host.Anonymous())).Status);
        Assert.Equal(401, (await host.AskAsync(body, wrong)).Status);
        Assert.Equal(403, (await host.AskAsync(body, await host.WithKeyAsync(KeyScopes.Chat))).Status);
        var (status, answer) = await host.AskAsync(body, await host.WithKeyAsync(KeyScopes.Work, "other"));
        var (unknown, missing) = await host.AskAsync(new { agent = "nobody", prompt = "Look." });

        Assert.Equal((404, unknown), (status, 404));
        Assert.Equal(missing.GetProperty("error").GetProperty("code").GetString(), answer.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(await host.WorksAsync());
    }

    [Fact]
    public async Task W71_W73_AWaitingWorkIsCancelledWithoutARequest_AFinishedOneNotAtAll()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.Settings.Gateway = host.Settings.Gateway with { Work = host.Settings.Gateway.Work with { Slots = 1 } });
        var gate = new TaskCompletionSource<string>();
        host.Model.Client.EnqueueWhen(gate.Task);
        var running = (await host.AskAsync(new { agent = "main", prompt = "First." })).Body.GetProperty("id").GetString()!;
        await host.Model.Client.NextAsync();
        var waiting = (await host.AskAsync(new { agent = "main", prompt = "Second." })).Body.GetProperty("id").GetString()!;

        using var cancelled = await host.Http.PostAsync($"/api/work/{waiting}/cancel", null);
        gate.SetResult("Done.");
        await host.EndAsync(running);
        using var late = await host.Http.PostAsync($"/api/work/{running}/cancel", null);

        Assert.Equal((200, 409), ((int)cancelled.StatusCode, (int)late.StatusCode));
        Assert.Equal(Outcome.Cancelled, (await host.EndAsync(waiting)).Outcome);
        Assert.Equal(Outcome.Answered, (await host.EndAsync(running)).Outcome);
        Assert.Single(host.Model.Client.Requests);
    }
}
