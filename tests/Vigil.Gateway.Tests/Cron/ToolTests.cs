using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Gateway.Tests.Works;
using Vigil.Settings;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Cron;

/// <summary>What an agent does with its own schedules.</summary>
public sealed class ToolTests
{
    [Fact]
    public async Task Add_InAConversation_MakesTheAgentsOwnScheduleAndNamesItAsOrigin()
    {
        await using var host = await EngineHost.StartAsync();
        var answer = await CallAsync(host, new() { ["action"] = "add", ["name"] = "tea", ["prompt"] = "Say that the tea is ready.", ["at"] = "in 20m" }, agent: "other");
        Assert.Contains("Added 'tea': once, at Mon 2026-01-05 10:20", answer, StringComparison.Ordinal);
        var made = await host.ShowAsync("tea");
        Assert.Equal("other", made.Text("agent"));
        Assert.Equal(JsonValueKind.Null, made.GetProperty("tools").ValueKind);
        var added = Assert.Single(await host.EventsAsync("schedule.added"));
        Assert.Equal(("agent:other", "other"), (added.Source, added.Agent));

        host.Model.Client.Enqueue("The tea is ready.");
        await host.PulseAsync(TimeSpan.FromMinutes(20));
        Assert.Equal("The tea is ready.", Assert.Single(await host.EndedAsync(1)).Reply);
    }

    [Fact]
    public async Task C38_Offered_OnlyWhereAPersonAsked()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Answer = _ => [new TextContent("Done.")];
        await ChatAsync(host);
        await host.RunAsync(new { agent = "main", prompt = "Look." });
        Assert.All(host.Model.Client.Requests, request => Assert.Contains("schedule", Offered(request)));

        var asked = host.Model.Client.Requests.Count;
        await host.TaskAsync();
        await host.AddAsync(new { every = "1h" });
        await host.PulseAsync(TimeSpan.FromHours(1));
        await host.EndedAsync(3);
        Assert.Equal(2, host.Model.Client.Requests.Count - asked);
        Assert.All(host.Model.Client.Requests.Skip(asked), request => Assert.DoesNotContain("schedule", Offered(request)));
    }

    [Fact]
    public async Task C38_ASubAgentOfAConversationMakesNoSchedules()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueCall("spawn", new Dictionary<string, object?> { ["prompt"] = "Plan it." }).Enqueue("Planned.").Enqueue("Done.");
        var chat = ChatAsync(host);
        await host.EndedAsync(1);
        host.Advance(TimeSpan.FromSeconds(1));
        await chat;
        Assert.Contains("schedule", Offered(host.Model.Client.Requests[0]));
        Assert.DoesNotContain("schedule", Offered(host.Model.Client.Requests[1]));
    }

    [Fact]
    public async Task C38_ASettingOffersItToUnattendedRunsToo()
    {
        await using var host = await EngineHost.StartAsync();
        Limit(host, limits => limits with { Unattended = true });
        host.Model.Client.Enqueue("Done.");
        await host.AddAsync(new { every = "1h" });
        await host.PulseAsync(TimeSpan.FromHours(1));
        await host.EndedAsync(1);
        Assert.Contains("schedule", Offered(host.Model.Client.Requests.Single()));
    }

    [Fact]
    public async Task Change_OfAnotherAgentsSchedule_FindsNone()
    {
        await using var host = await EngineHost.StartAsync();
        var theirs = (await host.AddAsync(new { every = "1h" }, "theirs", body => body["agent"] = "other")).Text("id");
        foreach (var action in new[] { "remove", "disable", "enable" })
            Assert.Contains("You have no schedule", await CallAsync(host, new() { ["action"] = action, ["name"] = theirs }), StringComparison.Ordinal);
        Assert.Equal("[you have no schedules]", await CallAsync(host, new() { ["action"] = "list" }));
        Assert.Equal("waiting", (await host.ShowAsync("theirs")).Text("state"));
    }

    [Fact]
    public async Task Change_OfItsOwn_IsListedAndRecorded()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { cron = "30 10 * * mon-fri" });
        Assert.Contains("report: at 10:30 on Monday to Friday, Europe/Berlin time. Next: Mon 2026-01-05 10:30", await CallAsync(host, new() { ["action"] = "list" }), StringComparison.Ordinal);
        Assert.StartsWith("Disabled 'report'", await CallAsync(host, new() { ["action"] = "disable", ["name"] = "report" }), StringComparison.Ordinal);
        Assert.Equal("disabled", (await host.ShowAsync()).Text("state"));
        Assert.StartsWith("Enabled 'report'. Next: ", await CallAsync(host, new() { ["action"] = "enable", ["name"] = "report" }), StringComparison.Ordinal);
        Assert.Equal("Removed 'report'.", await CallAsync(host, new() { ["action"] = "remove", ["name"] = "report" }));
        foreach (var type in new[] { "schedule.disabled", "schedule.enabled", "schedule.removed" })
            Assert.Equal("agent:main", Assert.Single(await host.EventsAsync(type)).Source);
    }

    [Theory]
    [InlineData("every", "14m", false)]
    [InlineData("every", "15m", true)]
    [InlineData("cron", "*/10 9 1 * *", false)]
    [InlineData("cron", "0,5 9 * * *", false)]
    [InlineData("cron", "55 23,0 * * *", true)]
    [InlineData("cron", "0 0 * * *", true)]
    public async Task Add_TooOften_IsRefused(string kind, string when, bool taken)
    {
        await using var host = await EngineHost.StartAsync();
        var answer = await CallAsync(host, new() { ["action"] = "add", ["name"] = "often", ["prompt"] = "Look.", [kind] = when });
        Assert.StartsWith(taken ? "Added 'often'" : "That is too often: what you schedule lies at least 15m apart.", answer, StringComparison.Ordinal);
        Assert.Equal(taken ? 1 : 0, (await host.EventsAsync("schedule.added")).Count);
    }

    [Fact]
    public async Task Add_MoreThanAllowed_IsRefusedUntilOneIsRemoved()
    {
        await using var host = await EngineHost.StartAsync();
        Limit(host, limits => limits with { Most = 2 });
        await host.AddAsync(new { every = "1h" }, "one");
        await host.AddAsync(new { every = "1h" }, "theirs", body => body["agent"] = "other");
        Assert.StartsWith("Added", await AddAsync("two"), StringComparison.Ordinal);
        Assert.Contains("2 are allowed", await AddAsync("three"), StringComparison.Ordinal);
        await CallAsync(host, new() { ["action"] = "remove", ["name"] = "one" });
        Assert.StartsWith("Added", await AddAsync("three"), StringComparison.Ordinal);

        Task<string> AddAsync(string name) => CallAsync(host, new() { ["action"] = "add", ["name"] = name, ["prompt"] = "Look.", ["every"] = "1h" });
    }

    [Fact]
    public async Task Add_WithMistakes_NamesThemAllAndStoresNothing()
    {
        await using var host = await EngineHost.StartAsync();
        var answer = await CallAsync(host, new() { ["action"] = "add", ["cron"] = "61 * * * *" });
        Assert.Contains("The name is missing", answer, StringComparison.Ordinal);
        Assert.Contains("The prompt is missing", answer, StringComparison.Ordinal);
        Assert.Contains("61 is out of range", answer, StringComparison.Ordinal);
        Assert.Empty(await host.EventsAsync("schedule."));
    }

    [Fact]
    public async Task Add_InANarrowedRun_MakesAScheduleAsNarrow()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueCall("schedule", new Dictionary<string, object?> { ["action"] = "add", ["name"] = "narrow", ["prompt"] = "Look.", ["every"] = "1h" }).Enqueue("Done.");
        await host.RunAsync(new { agent = "main", prompt = "Plan.", tools = new[] { "schedule", "current_time" } });
        Assert.Equal(["current_time"], (await host.ShowAsync("narrow")).GetProperty("tools").EnumerateArray().Select(tool => tool.GetString()));
    }

    // What the tool answered is what the model reads in its next request.
    private static async Task<string> CallAsync(EngineHost host, Dictionary<string, object?> arguments, string agent = "main")
    {
        host.Model.Client.EnqueueCall("schedule", arguments).Enqueue("Done.");
        await ChatAsync(host, agent);
        return host.Model.Client.Requests[^1].Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Last().Result!.ToString()!;
    }

    private static async Task ChatAsync(EngineHost host, string agent = "main")
    {
        var body = new JsonObject { ["model"] = $"vigil/{agent}", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Go on." }) };
        using var response = await host.Http.PostAsJsonAsync("/v1/chat/completions", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static IEnumerable<string> Offered(ScriptedRequest request) => request.Options?.Tools?.Select(tool => tool.Name) ?? [];

    private static void Limit(EngineHost host, Func<ScheduleToolSettings, ScheduleToolSettings> change)
        => host.Agents.Change = profile => profile with { Tools = profile.Tools with { Schedules = change(profile.Tools.Schedules) } };
}
