using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Tests.Support;
using Vigil.Settings;
using Vigil.Testing.Models;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Agents;

public sealed class AgentApiTests
{
    [Fact]
    public async Task A57_TheListShowsModelRoutesSchedulesHeartbeatAndCostAndMarksTheDefault()
    {
        await using var host = await ApiHost.StartAsync(host => host.Agent("other", """{ "model": "fake/model-b", "heartbeat": { "every": "2h" } }"""),
            """ "gateway": { "heartbeat": { "every": "45m" } } """);
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram" }, agent = "other" });
        await admin.SendAsync("/api/cron", new { name = "a", agent = "other", prompt = "p", schedule = new { every = "1h" } });
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", "vigil/other"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var list = (await admin.ReadAsync("/api/agents")).GetProperty("items");
        Assert.Equal(["main", "other"], list.Texts("id"));
        var (main, other) = (list[0], list[1]);
        Assert.Equal(("fake/model-a", "fake/model-b"), (main.Text("model"), other.Text("model")));
        Assert.Equal((true, false), (main.GetProperty("isDefault").GetBoolean(), other.GetProperty("isDefault").GetBoolean()));
        Assert.Equal((0, 1, 0, 1), (main.GetProperty("routes").GetInt32(), other.GetProperty("routes").GetInt32(), main.GetProperty("schedules").GetInt32(), other.GetProperty("schedules").GetInt32()));
        Assert.Equal(("45m", "2h"), (main.GetProperty("heartbeat").Text("every"), other.GetProperty("heartbeat").Text("every")));
        Assert.Equal((0, 1), (main.GetProperty("unpricedToday").GetInt32(), other.GetProperty("unpricedToday").GetInt32()));
    }

    [Fact]
    public async Task TheList_WithMoreAgentsThanThePage_GoesOnBehindTheCursor()
    {
        await using var host = await ApiHost.StartAsync(host =>
        {
            foreach (var id in new[] { "a1", "b2", "c3", "z9" })
                host.Agent(id);
        });
        using var admin = await host.AdminAsync();
        var seen = new List<string>();
        var next = "";
        do
        {
            var page = await admin.ReadAsync($"/api/agents?limit=2{(next.Length == 0 ? "" : $"&after={next}")}");
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 1, 2);
            seen.AddRange(page.GetProperty("items").Texts("id"));
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);
        Assert.Equal(["a1", "b2", "c3", "main", "other", "z9"], seen);
    }

    [Fact]
    public async Task A3_A58_TheShownProfileSaysWhereEachValueComesFrom()
    {
        await using var host = await ApiHost.StartAsync(host => host.Agent("other", """{ "model": "fake/model-b", "sessions": { "resetDaily": "04:00" } }"""), """ "turns": { "steps": 7 }, "sessions": { "resetAfterIdle": "12h" } """);
        File.WriteAllText(Path.Combine(host.Home.Workspace(AgentId.Parse("other")), "SOUL.md"), "# Soul\n\nYou are a gardener.\n");
        using var admin = await host.AdminAsync();
        var detail = await admin.ReadAsync("/api/agents/other");
        Assert.Equal("You are a gardener.", detail.Text("soul"));
        Assert.Equal(host.Home.Workspace(AgentId.Parse("other")), detail.GetProperty("paths").Text("workspace"));
        Assert.Equal(("fake/model-b", "agent.json"), Setting(detail, "model"));
        Assert.Equal(("7", "vigil.json"), Setting(detail, "turns.steps"));
        Assert.Equal(("10m", "default"), Setting(detail, "turns.deadline"));
        Assert.Equal(("04:00", "agent.json"), Setting(detail, "sessions.resetDaily"));
        Assert.Equal(("12h", "vigil.json"), Setting(detail, "sessions.resetAfterIdle"));
        foreach (var near in new[] { "othre", "Other" })
            Assert.Contains("Did you mean other?", (await admin.ReadAsync($"/api/agents/{near}", HttpStatusCode.NotFound)).Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_AHeaderWithAPlainSecret_IsNotShown()
    {
        await using var host = await ApiHost.StartAsync(host => host.Agent("other",
            """{ "mcp": { "m": { "url": "https://mcp.example.org", "headers": { "X-Key": "s3cr3t-value", "X-Ref": "env:M_KEY" } } } }"""));
        using var admin = await host.AdminAsync();
        var text = (await admin.ReadAsync("/api/agents/other")).ToString();
        Assert.DoesNotContain("s3cr3t-value", text, StringComparison.Ordinal);
        Assert.Contains("env:M_KEY", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A59_AnAddedAgentHasItsStarterFilesAndAnswersAtOnce()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        var made = await admin.SendAsync("/api/agents", new { id = "coder", soul = "You are a coder." });
        Assert.Equal("coder", made.GetProperty("agent").Text("id"));
        Assert.Equal("You are a coder.", await File.ReadAllTextAsync(Path.Combine(host.Home.Workspace(AgentId.Parse("coder")), "SOUL.md")));
        Assert.True(File.Exists(Path.Combine(host.Home.Workspace(AgentId.Parse("coder")), "HEARTBEAT.md")));
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", "vigil/coder"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("You are a coder.", host.Models.Requests[^1].Body, StringComparison.Ordinal);
        Assert.Equal("agent_exists", (await admin.SendAsync("/api/agents", new { id = "coder" }, HttpStatusCode.Conflict)).Code());
        Assert.Equal("bad_agent_id", (await admin.SendAsync("/api/agents", new { id = "../x" }, HttpStatusCode.BadRequest)).Code());
        Assert.Equal("unknown_field", (await admin.SendAsync("/api/agents", new { id = "y", modle = "m" }, HttpStatusCode.BadRequest)).Code());
        Assert.Equal(["coder", "main", "other"], (await admin.ReadAsync("/api/agents")).GetProperty("items").Texts("id"));
        Assert.Single(await EventsAsync(host, EventTypes.AgentAdded));
    }

    [Fact]
    public async Task A63_ACloneHasPersonaAndSkillsAndMemoryOnlyWhenAskedFor()
    {
        await using var host = await ApiHost.StartAsync();
        var workspace = host.Home.Workspace(AgentId.Parse("other"));
        foreach (var (folder, file) in new[] { ("skills", "s.md"), ("memory", "m.md"), ("notes", "n.md") })
        {
            Directory.CreateDirectory(Path.Combine(workspace, folder));
            await File.WriteAllTextAsync(Path.Combine(workspace, folder, file), "mine");
        }
        await File.WriteAllTextAsync(Path.Combine(workspace, "SOUL.md"), "You are a gardener.");
        Directory.CreateDirectory(host.Home.AgentSecrets(AgentId.Parse("other")));
        await File.WriteAllTextAsync(Path.Combine(host.Home.AgentSecrets(AgentId.Parse("other")), "key"), "k");
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/agents/other/clone", new { id = "twin" });
        await admin.SendAsync("/api/agents", new { id = "heir", from = "other", memory = true });
        foreach (var (id, memory) in new[] { ("twin", false), ("heir", true) })
        {
            var copy = host.Home.Workspace(AgentId.Parse(id));
            Assert.Equal("You are a gardener.", await File.ReadAllTextAsync(Path.Combine(copy, "SOUL.md")));
            Assert.True(File.Exists(Path.Combine(copy, "skills", "s.md")));
            Assert.Equal(memory, File.Exists(Path.Combine(copy, "memory", "m.md")));
            Assert.False(Directory.Exists(Path.Combine(copy, "notes")));
            Assert.False(Directory.Exists(host.Home.AgentSecrets(AgentId.Parse(id))));
        }
        Assert.Equal("agent_not_found", (await admin.SendAsync("/api/agents/nobody/clone", new { id = "x" }, HttpStatusCode.NotFound)).Code());
        Assert.Equal("agent_exists", (await admin.SendAsync("/api/agents/other/clone", new { id = "twin" }, HttpStatusCode.Conflict)).Code());
        Assert.False(Directory.Exists(host.Home.AgentDirectory(AgentId.Parse("x"))));
    }

    [Fact]
    public async Task A61_WithoutYes_WhatHangsOnTheAgentIsListedAndNothingChanges()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        var work = await LoadedAsync(host, admin);
        var refused = await admin.RemoveAsync("/api/agents/other", HttpStatusCode.Conflict);
        Assert.Equal("confirm_removal", refused.Code());
        Assert.Contains("1 route (0)", refused.Message(), StringComparison.Ordinal);
        Assert.Contains("1 schedule (morning)", refused.Message(), StringComparison.Ordinal);
        Assert.Contains($"1 unfinished work ({work})", refused.Message(), StringComparison.Ordinal);
        Assert.Equal(["main", "other"], (await admin.ReadAsync("/api/agents")).GetProperty("items").Texts("id"));
        Assert.Equal(1, (await admin.ReadAsync("/api/routes")).GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await admin.ReadAsync("/api/cron")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A62_WithYes_RoutesAndSchedulesGoWorksAreCancelledAndTheFilesAreMovedAside()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        var work = await LoadedAsync(host, admin);
        await host.Models.NextAsync();
        var gone = await admin.RemoveAsync("/api/agents/other?yes=true");
        Assert.Equal((1, 1, 1), (gone.GetProperty("routes").GetInt32(), gone.GetProperty("schedules").GetInt32(), gone.GetProperty("works").GetInt32()));
        Assert.True(File.Exists(Path.Combine(gone.Text("movedTo"), "agent.json")));
        Assert.False(Directory.Exists(host.Home.AgentDirectory(AgentId.Parse("other"))));
        Assert.Equal(["main"], (await admin.ReadAsync("/api/agents")).GetProperty("items").Texts("id"));
        Assert.Equal(0, (await admin.ReadAsync("/api/routes")).GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await admin.ReadAsync("/api/cron?all=true")).GetProperty("items").GetArrayLength());
        Assert.Equal("agent_not_found", (await admin.RemoveAsync("/api/agents/other?yes=true", HttpStatusCode.NotFound)).Code());
        Assert.Single(await EventsAsync(host, EventTypes.AgentRemoved));
        // It ended before the answer came, and so before anything was moved.
        Assert.Equal((WorkState.Finished, Outcome.Cancelled), await StateAsync(host, work));
        var events = (await host.Services.GetRequiredService<IEventLog>().ReadAsync(0, 1000, null, default)).Select(one => one.Type).ToList();
        Assert.InRange(events.IndexOf(EventTypes.WorkCancelled), 0, events.IndexOf(EventTypes.AgentRemoved));
    }

    [Fact]
    public async Task A60_MainAndTheDefaultAgentStay()
    {
        await using var host = await ApiHost.StartAsync(settings: """ "defaultAgent": "other" """);
        using var admin = await host.AdminAsync();
        Assert.Equal("agent_needed", (await admin.RemoveAsync("/api/agents/main?yes=true", HttpStatusCode.Conflict)).Code());
        Assert.Contains("defaultAgent", (await admin.RemoveAsync("/api/agents/other?yes=true", HttpStatusCode.Conflict)).Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A65_A66_ADirectoryByHandABrokenAgentAndAStrayAreAllInTheList()
    {
        await using var host = await ApiHost.StartAsync(host => host.Agent("broken", """{ "modle": "fake/model-a" }"""));
        using var admin = await host.AdminAsync();
        host.Agent("byhand");
        Directory.CreateDirectory(Path.Combine(host.Home.Agents, "No Agent"));
        host.Services.GetRequiredService<SettingsMonitor>().Refresh();
        var list = await admin.ReadAsync("/api/agents");
        Assert.Equal(["broken", "byhand", "main", "other"], list.GetProperty("items").Texts("id"));
        Assert.Equal(["broken", "ok", "ok", "ok"], list.GetProperty("items").Texts("state"));
        Assert.Contains("modle", list.GetProperty("items")[0].Text("problem"), StringComparison.Ordinal);
        Assert.Contains("No Agent", Assert.Single(list.GetProperty("strays").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await admin.ReadAsync("/api/agents/broken")).GetProperty("settings").GetArrayLength());
    }

    [Fact]
    public async Task AKeyForOneAgent_SeesThatOneAloneAndMakesNone()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync("other");
        Assert.Equal(["other"], (await admin.ReadAsync("/api/agents")).GetProperty("items").Texts("id"));
        Assert.Equal("agent_not_found", (await admin.ReadAsync("/api/agents/main", HttpStatusCode.NotFound)).Code());
        Assert.Equal("forbidden", (await admin.SendAsync("/api/agents", new { id = "x" }, HttpStatusCode.Forbidden)).Code());
        Assert.Equal("forbidden", (await admin.SendAsync("/api/routes", new { match = new { platform = "api" }, agent = "other" }, HttpStatusCode.Forbidden)).Code());
    }

    // A route, a schedule and a work that waits for its model.
    private static async Task<string> LoadedAsync(ApiHost host, HttpClient admin)
    {
        host.Models.Enqueue(FakeModelReply.Stall(new TaskCompletionSource().Task));
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram" }, agent = "other" });
        await admin.SendAsync("/api/cron", new { name = "morning", agent = "other", prompt = "p", schedule = new { cron = "0 8 * * *" } });
        return (await admin.SendAsync("/api/work", new { agent = "other", prompt = "p" }, HttpStatusCode.Accepted)).Text("id");
    }

    private static async Task<(WorkState, Outcome?)> StateAsync(ApiHost host, string work)
        => await host.Services.GetRequiredService<IWorkStore>().GetAsync(work, default) is { } found ? (found.State, found.Outcome) : default;

    private static async Task<IReadOnlyList<VigilEvent>> EventsAsync(ApiHost host, string type)
        => [.. await host.Services.GetRequiredService<IEventLog>().ReadAsync(0, 1000, new EventFilter(TypePrefix: type), default)];

    private static (string, string) Setting(System.Text.Json.JsonElement detail, string key)
    {
        var found = detail.GetProperty("settings").EnumerateArray().Single(setting => setting.Text("key") == key);
        return (found.GetProperty("value").ToString(), found.Text("from"));
    }
}
