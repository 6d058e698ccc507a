using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Settings;

namespace Vigil.Gateway.Tests.Agents;

public sealed class RouteApiTests
{
    [Fact]
    public async Task A47_ATestNamesAgentAndDecidingRouteAndWhyOthersFailedAndCallsNoModel()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram", chat_id = "7" }, agent = "main" });
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram" }, agent = "other" });
        var verdict = await admin.SendAsync("/api/routes/test", new { platform = "telegram", chatId = "42" }, HttpStatusCode.OK);
        Assert.Equal(("other", "route 1", "agent:other:telegram:dm:42"), (verdict.Text("agent"), verdict.Text("decision"), verdict.Text("session")));
        Assert.Contains("chat_id is 42, the route wants 7", verdict.GetProperty("routes")[0].Text("whyNot"), StringComparison.Ordinal);
        var fallback = await admin.SendAsync("/api/routes/test", new { platform = "slack", userId = "u" }, HttpStatusCode.OK);
        Assert.Equal(("main", "default"), (fallback.Text("agent"), fallback.Text("decidedBy")));
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task A48_APositionAndARemovalHoldForTheNextMessage()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api", chat_id = "1" }, agent = "main" });
        var added = await admin.SendAsync("/api/routes", new { match = new { platform = "api" }, agent = "other", position = 0 });
        Assert.Contains("never reached", Assert.Single(added.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
        var list = (await admin.ReadAsync("/api/routes")).GetProperty("items");
        Assert.Equal(["other", "main"], list.Texts("agent"));
        Assert.Equal(0, list[1].GetProperty("shadowedBy").GetInt32());
        await AnswersAsync(host, "vigil/other");
        await admin.RemoveAsync("/api/routes/0", HttpStatusCode.NoContent);
        await AnswersAsync(host, "vigil/main");
        Assert.Equal("route_not_found", (await admin.RemoveAsync("/api/routes/9", HttpStatusCode.NotFound)).Code());
    }

    [Fact]
    public async Task A42_A43_A44_WhatIsWrongWithARouteIsRefusedWithTheWayOut()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        Assert.Contains("defaultAgent", (await admin.SendAsync("/api/routes", new { match = new { }, agent = "other" }, HttpStatusCode.BadRequest)).Message(), StringComparison.Ordinal);
        Assert.Contains("chat_id", (await admin.SendAsync("/api/routes", new { match = new { chatid = "1" }, agent = "other" }, HttpStatusCode.BadRequest)).Message(), StringComparison.Ordinal);
        Assert.Contains("Did you mean other?", (await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "othr" }, HttpStatusCode.BadRequest)).Message(), StringComparison.Ordinal);
        Assert.Equal("bad_position", (await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "other", position = 3 }, HttpStatusCode.BadRequest)).Code());
        Assert.Equal(0, (await admin.ReadAsync("/api/routes")).GetProperty("items").GetArrayLength());
        await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "other" });
        Assert.Equal("route_unreachable", (await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "main" }, HttpStatusCode.Conflict)).Code());
    }

    [Fact]
    public async Task TheList_IsPagedAndFilteredByAgent()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        foreach (var chat in Enumerable.Range(0, 5))
            await admin.SendAsync("/api/routes", new { match = new { chat_id = $"{chat}" }, agent = chat % 2 == 0 ? "other" : "main" });
        var first = await admin.ReadAsync("/api/routes?limit=2&agent=other");
        Assert.Equal(2, first.GetProperty("items").GetArrayLength());
        var rest = await admin.ReadAsync($"/api/routes?limit=2&agent=other&after={first.Text("next")}");
        Assert.Equal(4, Assert.Single(rest.GetProperty("items").EnumerateArray()).GetProperty("index").GetInt32());
        Assert.Null(rest.GetProperty("next").GetString());
    }

    [Fact]
    public async Task A65_ARouteWhoseAgentWasTakenAwayByHandIsMarkedAndRefuses()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api" }, agent = "other" });
        Directory.Delete(host.Home.AgentDirectory(AgentId.Parse("other")), recursive: true);
        host.Services.GetRequiredService<SettingsMonitor>().Refresh();
        Assert.True((await admin.ReadAsync("/api/routes")).GetProperty("items")[0].GetProperty("isOrphan").GetBoolean());
        Assert.Equal(["main"], (await admin.ReadAsync("/api/agents")).GetProperty("items").Texts("id"));
        var verdict = await admin.SendAsync("/api/routes/test", new { platform = "api", chatId = "1" }, HttpStatusCode.OK);
        Assert.Contains("which is gone", verdict.Text("problem"), StringComparison.Ordinal);
        using var refused = await host.ChatAsync("Hello", ("X-Vigil-Chat-Id", "1"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Empty(host.Models.Requests);
    }

    private static async Task AnswersAsync(ApiHost host, string model)
    {
        using var answer = await host.ChatAsync("Hello", ("X-Vigil-Chat-Id", "1"));
        Assert.Equal(model, (await answer.JsonAsync()).Text("model"));
    }
}
