using System.Net.Http.Json;
using System.Text.Json;

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

    private async Task<string> RunAsync(int code, params string[] arguments)
    {
        var (exit, output, errors) = await VigilProcess.RunAsync(Home, arguments);
        Assert.True(code == exit, $"vigil {string.Join(' ', arguments)} ended {exit}: {output}{errors}");
        return code == 0 ? output : errors;
    }
}
