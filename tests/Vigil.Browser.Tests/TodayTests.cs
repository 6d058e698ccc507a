using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;

namespace Vigil.Browser.Tests;

/// <summary>More agents than a page of Today shows.</summary>
[Collection(BrowserCollection.Name)]
public sealed class TodayTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ManyAgents_ArePagedAndFound(bool phone)
    {
        await using var host = await DashboardHost.StartAsync("""{ "gateway": { "heartbeat": { "enabled": false } } }""", [.. Enumerable.Range(10, 45).Select(n => $"team-{n}")]);
        await using var visit = await browser.StrangerAsync(phone: phone);
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        var agents = visit.Page.Locator("section[id^=day-]");

        await Assertions.Expect(visit.Page.GetByText("Agents 1 to 20 of 46")).ToBeVisibleAsync();
        await Assertions.Expect(agents).ToHaveCountAsync(20);
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "More agents" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Agents 21 to 40 of 46")).ToBeVisibleAsync();
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "More agents" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Agents 41 to 46 of 46")).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "More agents" })).ToHaveCountAsync(0);
        Assert.Equal(0, await visit.Page.EvaluateAsync<int>("() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"));
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Agents before" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Agents 21 to 40 of 46")).ToBeVisibleAsync();

        await visit.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Agents" }).FillAsync("TEAM-4");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Assertions.Expect(agents).ToHaveCountAsync(10);
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Day before" }).ClickAsync();
        await Assertions.Expect(agents).ToHaveCountAsync(10);
        Assert.Empty(await Axe.SeriousAsync(visit.Page));
        await visit.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Agents" }).FillAsync("nobody");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("No agent has that in its name or id.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task QuietAgent_SaysWhyWithoutAClick()
    {
        await using var visit = await browser.VisitAsync();
        await Assertions.Expect(visit.Page.Locator("#day-scout summary")).ToContainTextAsync(new Regex(@"\d+ skipped \(\d+ [a-z-]+, \d+ [a-z-]+"));
    }

    [Theory]
    [InlineData("/", "section[id^=day-]")]
    [InlineData("/heartbeats", "section[id^=beat-]")]
    [InlineData("/agents", "section[aria-labelledby^=agent-]")]
    public async Task Agent_IsFoundByItsName(string path, string agents)
    {
        await using var host = await DashboardHost.StartAsync("""{ "gateway": { "heartbeat": { "enabled": false } } }""", [.. Enumerable.Range(10, 55).Select(n => $"team-{n}")]);
        await File.WriteAllTextAsync(host.Home.AgentFile(AgentId.Parse("team-63")), """{ "name": "Ödön of the Büro" }""");
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        await visit.Page.GotoAsync(new Uri(host.Address, path).ToString());
        await Assertions.Expect(visit.Page.Locator(agents)).Not.ToHaveCountAsync(1);
        await visit.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Agents" }).FillAsync("ödön of the b");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator(agents)).ToHaveCountAsync(1);
        await Assertions.Expect(visit.Page.Locator(agents)).ToContainTextAsync("Ödön of the Büro");
        await visit.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Agents" }).FillAsync("nobody");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("No agent has that in its name or id.")).ToBeVisibleAsync();
    }
}
