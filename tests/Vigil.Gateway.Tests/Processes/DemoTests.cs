using System.Text.Json;
using System.Text.RegularExpressions;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.Processes;

public sealed class DemoTests : HomeTest
{
    [Fact]
    public async Task Demo_PlaysItsDayOnTheEngineAndLeavesNothingBehind()
    {
        using var demo = await VigilProcess.DemoAsync(Home, "--speed", "240");
        await demo.LinkAsync();
        var home = Regex.Match(demo.Output, "VIGIL_HOME=([^ ]+)").Groups[1].Value;
        Assert.True(Directory.Exists(home));
        using (var client = await demo.ClientAsync(home))
        {
            using var events = await SseReader.OpenAsync(client, "/api/events?after=0&type=work.done");
            // The memos of the morning and of the evening: between them lies the day.
            for (var memos = 0; memos < 2;)
                if (JsonDocument.Parse((await events.EventAsync())!.Data).RootElement.Text("source") == "cron")
                    memos++;

            var said = await ItemsAsync(client, "/api/inbox?limit=50");
            Assert.Equal(2, said.Count(one => one.Text("text").StartsWith("**Good morning", StringComparison.Ordinal) || one.Text("text").StartsWith("**The day in three", StringComparison.Ordinal)));
            var urgent = Assert.Single(said, one => one.Text("urgency") == "urgent");
            Assert.Contains("landlord", urgent.Text("text"), StringComparison.Ordinal);

            // The small model handed that one over to the large one.
            var handed = await (await client.GetAsync($"/api/work/{urgent.Text("work")}")).JsonAsync();
            Assert.Equal("scripted/large", handed.GetProperty("model").Text("used"));
            var task = Assert.Single(await ItemsAsync(client, "/api/work?source=task"));
            Assert.Equal("spoke", task.Text("outcome"));
            Assert.Contains(said, one => one.Text("text").Contains("archive", StringComparison.Ordinal));
            Assert.NotEmpty(await ItemsAsync(client, "/api/work?reason=nothing-new"));
            Assert.NotEmpty(await ItemsAsync(client, "/api/work?outcome=silent"));
            Assert.Empty(await ItemsAsync(client, "/api/work?outcome=failed"));
            Assert.True((await (await client.GetAsync("/api/status")).JsonAsync()).GetProperty("testClock").GetBoolean());
        }
        demo.Signal("INT");
        Assert.Equal(0, await demo.EndAsync());
        Assert.False(Directory.Exists(home));
        var story = demo.Output.Split('\n').Where(line => Regex.IsMatch(line, "^ +[0-9]{2}:[0-9]{2} ")).ToList();
        Assert.NotEmpty(story);
        Assert.All(story, line => Assert.Contains("test clock, scripted model", line, StringComparison.Ordinal));
        Assert.Contains("invented prices", demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_WithoutAModel_PointsToTheDemo()
    {
        using var gateway = await VigilProcess.UpAsync(Home, "--set", "models.providers.ollama.baseUrl=http://127.0.0.1:9/v1");
        gateway.Signal("INT");
        Assert.Equal(0, await gateway.EndAsync());
        Assert.Contains("vigil demo", gateway.Output, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<JsonElement>> ItemsAsync(HttpClient client, string path)
        => [.. (await (await client.GetAsync(path)).JsonAsync()).GetProperty("items").EnumerateArray()];
}
