using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Processes;

public sealed class CronCommandTests : HomeTest
{
    [Fact]
    public async Task C27_WithoutAGateway_SaysHowToStartOneAndTouchesNothing()
    {
        var (code, _, errors) = await VigilProcess.RunAsync(Home, "cron", "add", "x", "--every", "1h", "--prompt", "p");
        Assert.Equal((1, "The gateway is not running. Start it with: vigil up"), (code, errors));
        Assert.False(Directory.Exists(Home));
    }

    [Fact]
    public async Task Commands_AgainstARunningGateway_DoTheirWork()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var added = await RunAsync(0, "cron", "add", "morning", "--cron", "0 8 * * mon-fri", "--timezone", "Europe/Berlin", "--prompt", "What is on today?", "--json");
        Assert.Equal(5, Json(added).GetProperty("next").GetArrayLength());
        Assert.Contains("at 08:00 on Monday to Friday, Europe/Berlin time", await RunAsync(0, "cron", "list"), StringComparison.Ordinal);
        Assert.Contains("at 07:00 every day, Europe/Berlin time", await RunAsync(0, "cron", "edit", "morning", "--cron", "0 7 * * *"), StringComparison.Ordinal);
        Assert.Contains("at 07:00 every day, Asia/Tokyo time", await RunAsync(0, "cron", "edit", "morning", "--timezone", "Asia/Tokyo"), StringComparison.Ordinal);
        Assert.Contains("and not both", await RunAsync(2, "cron", "next", "morning", "--cron", "@daily"), StringComparison.Ordinal);
        Assert.Contains("every 20 minutes", await RunAsync(0, "cron", "edit", "morning", "--every", "20m"), StringComparison.Ordinal);
        Assert.Contains("disabled", await RunAsync(0, "cron", "disable", "morning"), StringComparison.Ordinal);
        Assert.Contains("is disabled", await RunAsync(1, "cron", "run", "morning"), StringComparison.Ordinal);
        Assert.Contains("every 20 minutes", await RunAsync(0, "cron", "enable", "morning"), StringComparison.Ordinal);
        Assert.Contains("Started wrk_", await RunAsync(0, "cron", "run", "morning"), StringComparison.Ordinal);
        Assert.Contains("by hand", await RunAsync(0, "cron", "history", "morning"), StringComparison.Ordinal);
        Assert.Contains("2026-03-29T01:00:00Z", await RunAsync(0, "cron", "next", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--from", "2026-03-28T12:00:00Z"), StringComparison.Ordinal);
        Assert.Contains("every 20 minutes", await RunAsync(0, "cron", "next", "morning", "--count", "2"), StringComparison.Ordinal);
        Assert.Contains("Did you mean 'morning'?", await RunAsync(1, "cron", "remove", "mornin"), StringComparison.Ordinal);
        await RunAsync(0, "cron", "remove", "morning");
        Assert.Equal(0, Json(await RunAsync(0, "cron", "list", "--all", "--json")).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("agents/coder/workspace", null, "coder")]
    [InlineData("agents/coder", "main", "main")]
    [InlineData("agents", null, "main")]
    [InlineData("", null, "main")]
    public async Task AScheduleThatNamesNoAgent_IsOfTheAgentInWhoseDirectoryItWasMade(string directory, string? named, string agent)
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        await RunAsync(0, "agent", "add", "coder");
        var (code, output, errors) = await VigilProcess.RunInAsync(Path.Combine(Home, directory), Home,
            ["cron", "add", "x", "--every", "1h", "--prompt", "p", "--json", .. named is null ? Array.Empty<string>() : ["--agent", named]]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(agent, Json(output).GetProperty("agent").GetString());
    }

    [Fact]
    public async Task C23_C25_WhatIsWrongIsToldTogetherWithExitCode2()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var errors = await RunAsync(2, "cron", "add", "x", "--cron", "61 * * * *", "--deliver", "pigeon:bob");
        Assert.Contains("minute, column 1: 61 is out of range. Allowed: 0-59", errors, StringComparison.Ordinal);
        Assert.Contains("The prompt is missing", errors, StringComparison.Ordinal);
        Assert.Contains("'pigeon:bob' is no delivery target", errors, StringComparison.Ordinal);
        await RunAsync(2, "cron", "add", "x", "--every", "1h", "--prompt", "p", "--missed", "never");
    }

    [Fact]
    public async Task C74_WhatAHookWasAnsweredSurvivesAKill()
    {
        string id;
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            using var client = await gateway.ClientAsync(Home);
            using var answer = await client.PostAsJsonAsync("/hooks/task", new { prompt = "Look at the build." });
            Assert.Equal(202, (int)answer.StatusCode);
            id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
            await gateway.KillAsync();
        }
        using var next = await VigilProcess.UpAsync(Home);
        using var again = await next.ClientAsync(Home);
        Assert.Equal("task", (await again.GetFromJsonAsync<JsonElement>($"/api/work/{id}")).GetProperty("source").GetString());
    }

    [Fact]
    public async Task C66_KilledDuringAScheduledRun_ThatSlotHasOneWorkItsToolRanOnceAndOneMessageIsThere()
    {
        var never = new TaskCompletionSource();
        await using var model = await FakeModelServer.StartAsync(request => request.Number switch
        {
            1 => FakeModelReply.Call("memory_write", """{"text":"The door was open."}"""),
            2 => new FakeModelReply { Hold = never.Task },
            _ => FakeModelReply.Say("The door was open."),
        });
        string[] settings = ["--set", "models.default=fake/one", "--set", "models.providers.fake.kind=openai", "--set", $"models.providers.fake.baseUrl={model.OpenAIUrl}", "--set", "gateway.heartbeat.enabled=false"];
        using (var gateway = await VigilProcess.UpAsync(Home, settings))
        {
            await RunAsync(0, "cron", "add", "watch", "--at", "in 1s", "--prompt", "Look at the door.");
            await model.NextAsync();
            await model.NextAsync();
            await gateway.KillAsync();
        }
        using var next = await VigilProcess.UpAsync(Home, settings);
        using var client = await next.ClientAsync(Home);
        // The stream ends with the work.
        await client.GetStringAsync($"/api/work/{Json(await RunAsync(0, "cron", "history", "watch", "--json")).GetProperty("items")[0].GetProperty("work").GetString()}/events?after=0");
        var run = Assert.Single(Json(await RunAsync(0, "cron", "history", "watch", "--json")).GetProperty("items").EnumerateArray());
        Assert.Equal(("spoke", 2), (run.GetProperty("outcome").GetString(), run.GetProperty("attempt").GetInt32()));
        var inbox = (await client.GetFromJsonAsync<JsonElement>("/api/inbox")).GetProperty("items");
        Assert.Equal("The door was open.", Assert.Single(inbox.EnumerateArray()).GetProperty("text").GetString());
        Assert.Equal(3, model.Requests.Count);
        var memory = Directory.GetFiles(Path.Combine(Home, "agents", "main", "workspace", "memory"), "*.md").Select(File.ReadAllText);
        Assert.Equal(2, string.Join('\n', memory).Split("The door was open.").Length);
    }

    private async Task<string> RunAsync(int code, params string[] arguments)
    {
        var (exit, output, errors) = await VigilProcess.RunAsync(Home, arguments);
        Assert.True(code == exit, $"vigil {string.Join(' ', arguments)} ended {exit}: {output}{errors}");
        return code == 0 ? output : errors;
    }
}
