using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Processes;

/// <summary>Beats of real gateways, over the command line and through kill -9.</summary>
public sealed class HeartbeatCommandTests : HomeTest
{
    private string Workspace => Path.Combine(Home, "agents", "main", "workspace");

    [Fact]
    public async Task H42_H73_H76_H81_Commands_DoTheirWorkAndChangeNoSettings()
    {
        await using var model = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("All quiet."));
        Prepare(model, "- [every 4h] Look at the mail\n- [every 1d, probe note] Read the note\n- Old (every soon)\n");
        var files = () => File.ReadAllText(Path.Combine(Home, "vigil.json")) + File.ReadAllText(Path.Combine(Home, "agents", "main", "agent.json"));
        var before = files();
        using var gateway = await VigilProcess.UpAsync(Home);

        Assert.Contains("HEARTBEAT.md:3", (await RunAsync(0, "heartbeat", "plan", "main")).Errors, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
        Assert.Contains("silent (ack)", (await RunAsync(0, "heartbeat", "run", "main")).Output, StringComparison.Ordinal);
        Assert.Single(model.Requests);

        await File.WriteAllTextAsync(Path.Combine(Workspace, "HEARTBEAT.md"), "- [every 4h] Look at the mail\n- [every 1d, probe note] Read the note\n");
        Assert.Contains("skipped (nothing-due)", (await RunAsync(0, "heartbeat", "run", "main")).Output, StringComparison.Ordinal);
        var checks = Json((await RunAsync(0, "heartbeat", "state", "main", "--json")).Output).GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal(["Look at the mail", "Read the note"], checks.Select(check => check.GetProperty("text").GetString()));
        Assert.All(checks, check => Assert.Equal("silent", check.GetProperty("result").GetString()));
        Assert.All(checks, check => Assert.True(check.GetProperty("nextDue").GetDateTimeOffset() > check.GetProperty("lastRun").GetDateTimeOffset()));
        Assert.Contains("buy milk", checks[1].ToString(), StringComparison.Ordinal);
        var mirror = Json(await File.ReadAllTextAsync(Path.Combine(Workspace, "memory", "heartbeat-state.json")));
        Assert.Contains("Read the note", mirror.ToString(), StringComparison.Ordinal);

        model.Answer = _ => FakeModelReply.Fail(401);
        Assert.Contains("Paused until", (await RunAsync(0, "heartbeat", "pause", "main", "--until", "2h")).Output, StringComparison.Ordinal);
        Assert.Contains("skipped (paused)", (await RunAsync(0, "heartbeat", "run", "main")).Output, StringComparison.Ordinal);
        await RunAsync(0, "heartbeat", "resume", "main");
        Assert.Contains("failed (model-error)", (await RunAsync(1, "heartbeat", "run", "main", "--event", "The backup failed")).Output, StringComparison.Ordinal);
        Assert.Contains("The backup failed", model.Requests[^1].Body, StringComparison.Ordinal);
        Assert.Contains("no agent 'nobody'", (await RunAsync(1, "heartbeat", "plan", "nobody")).Errors, StringComparison.Ordinal);
        using var client = await gateway.ClientAsync(Home);
        Assert.Equal(404, (int)(await client.GetAsync("/api/heartbeats/nobody/plan")).StatusCode);
        Assert.Equal(before, files());
    }

    [Fact]
    public async Task H86_AWakeThatWasAnswered_SurvivesAKillAtOnce()
    {
        await using var model = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("Seen."));
        Prepare(model, "");
        string id;
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            using var client = await gateway.ClientAsync(Home);
            using var answer = await client.PostAsJsonAsync("/hooks/wake", new { agent = "main", text = "The boiler is broken." });
            Assert.Equal(202, (int)answer.StatusCode);
            id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
            await gateway.KillAsync();
        }
        using var next = await VigilProcess.UpAsync(Home);
        using var again = await next.ClientAsync(Home);

        var asked = await model.NextAsync(Patience());

        Assert.Contains("The boiler is broken.", asked.LastUserText, StringComparison.Ordinal);
        var work = await FinishedAsync(again, id);
        Assert.Equal("silent", work.GetProperty("outcome").GetString());
        Assert.Single(model.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task ABeatKilledWhileTheModelIsAsked_GoesOnOnceAndSaysItOnce(int answered)
    {
        var hold = new TaskCompletionSource();
        await using var model = await FakeModelServer.StartAsync(request => request.BringsToolResults
            ? FakeModelReply.Say("Told.")
            : FakeModelReply.Call("notify_user", """{ "text": "The rent is due." }"""));
        Prepare(model, "- Look at the mail\n");
        var first = FakeModelReply.Call("notify_user", """{ "text": "The rent is due." }""");
        model.Enqueue(answered == 0 ? [first with { Hold = hold.Task }] : [first, FakeModelReply.Stall(hold.Task)]);
        string id;
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            using var client = await gateway.ClientAsync(Home);
            using var answer = await client.PostAsync("/api/heartbeats/main/run", null);
            id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
            for (var request = 0; request <= answered; request++)
                await model.NextAsync(Patience());
            await gateway.KillAsync();
        }
        using var next = await VigilProcess.UpAsync(Home);
        using var again = await next.ClientAsync(Home);

        var work = await FinishedAsync(again, id);

        Assert.Equal("spoke", work.GetProperty("outcome").GetString());
        Assert.Equal(2, work.GetProperty("attempt").GetInt32());
        // What was answered before the kill is not paid for again.
        Assert.Equal(3, model.Requests.Count);
        Assert.Equal(1, (await again.GetFromJsonAsync<JsonElement>("/api/inbox")).GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await again.GetFromJsonAsync<JsonElement>("/api/work?source=heartbeat")).GetProperty("items").GetArrayLength());
        Assert.NotEqual(JsonValueKind.Null, (await again.GetFromJsonAsync<JsonElement>("/api/heartbeats/main/state")).GetProperty("checks")[0].GetProperty("lastRun").ValueKind);
    }

    [Fact]
    public async Task H56_HeartbeatModelAlone_OnTheWireBeatsGoToItsProviderWithItsKeyWhileChatsGoToTheirOwn()
    {
        var hold = new TaskCompletionSource();
        await using var own = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("Hello."));
        await using var cheap = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("All quiet."));
        Prepare(own, "- Look at the mail\n");
        File.WriteAllText(Path.Combine(Home, "vigil.json"), $$"""
            { "models": { "default": "own/big", "providers": {
                "own": { "kind": "openai", "baseUrl": "{{own.OpenAIUrl}}", "apiKey": "file:own" },
                "cheap": { "kind": "openai", "baseUrl": "{{cheap.OpenAIUrl}}", "apiKey": "file:cheap" } } },
              "gateway": { "heartbeat": { "every": "7d", "model": "cheap/tiny" } } }
            """);
        Directory.CreateDirectory(Path.Combine(Home, "secrets"));
        foreach (var name in new[] { "own", "cheap" })
        {
            File.WriteAllText(Path.Combine(Home, "secrets", name), $"key-of-{name}");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(Home, "secrets", name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        cheap.Enqueue(FakeModelReply.Call("follow_up", """{ "when": "in 9h", "about": "x" }"""), FakeModelReply.Stall(hold.Task));
        using var gateway = await VigilProcess.UpAsync(Home);
        using var client = await gateway.ClientAsync(Home);

        using var answer = await client.PostAsync("/api/heartbeats/main/run", null);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await cheap.NextAsync(Patience());
        await cheap.NextAsync(Patience());
        // The beat stands between two of its requests.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            using var chat = await client.PostAsJsonAsync("/v1/chat/completions", new { model = "vigil/main", messages = new[] { new { role = "user", content = $"Hi {i}" } } });
            Assert.Equal(200, (int)chat.StatusCode);
        }));
        hold.SetResult();
        var work = await FinishedAsync(client, id);

        Assert.Equal("silent", work.GetProperty("outcome").GetString());
        Assert.Equal(("cheap/tiny", "cheap/tiny"), (work.GetProperty("model").GetProperty("asked").GetString(), work.GetProperty("model").GetProperty("used").GetString()));
        Assert.Equal(2, cheap.Requests.Count);
        Assert.Equal(4, own.Requests.Count);
        Assert.All(cheap.Requests, request => Assert.Equal(("tiny", "key-of-cheap"), (request.Model, request.Key)));
        Assert.All(own.Requests, request => Assert.Equal(("big", "key-of-own"), (request.Model, request.Key)));
    }

    private static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    /// <summary>The events of a work end when it does.</summary>
    private static async Task<JsonElement> FinishedAsync(HttpClient client, string id)
    {
        await client.GetStringAsync($"/api/work/{id}/events", Patience());
        return await client.GetFromJsonAsync<JsonElement>($"/api/work/{id}");
    }

    private void Prepare(FakeModelServer model, string checklist)
    {
        Directory.CreateDirectory(Workspace);
        File.WriteAllText(Path.Combine(Home, "vigil.json"), $$"""
            { "models": { "default": "fake/small", "providers": { "fake": { "kind": "openai", "baseUrl": "{{model.OpenAIUrl}}" } } }, "gateway": { "heartbeat": { "every": "7d" } } }
            """);
        File.WriteAllText(Path.Combine(Home, "agents", "main", "agent.json"), """{ "probes": { "note": { "kind": "file", "path": "note.txt" } } }""");
        File.WriteAllText(Path.Combine(Workspace, "HEARTBEAT.md"), checklist);
        File.WriteAllText(Path.Combine(Workspace, "note.txt"), "buy milk");
    }

    private async Task<(string Output, string Errors)> RunAsync(int code, params string[] arguments)
    {
        var (exit, output, errors) = await VigilProcess.RunAsync(Home, arguments);
        Assert.True(code == exit, $"vigil {string.Join(' ', arguments)} ended {exit}: {output}{errors}");
        return (output, errors);
    }
}
