using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Routing;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class AgentTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Edit_ShowsTheOriginAndHoldsAtOnce(bool script)
    {
        var id = Make($"edited-{script}".ToLowerInvariant(), """{ "name": "Before", "mayAsk": ["main"] }""");
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync($"/agents/{id}");
        var row = visit.Page.Locator("tr", new() { HasText = "heartbeat.every" });
        await Assertions.Expect(row).ToContainTextAsync("vigil.json");
        await visit.Page.GetByLabel("Name").FillAsync("After");
        await visit.Page.GetByLabel("Beats every").FillAsync("45m");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Saved. It holds from the next turn on.")).ToBeVisibleAsync();
        await Assertions.Expect(row).ToContainTextAsync("agent.json");
        var profile = browser.Host.Get<IAgentRegistry>().Find(id).Required();
        Assert.Equal(("After", TimeSpan.FromMinutes(45)), (profile.Name, profile.Heartbeat.Every));
        Assert.Equal(["main"], profile.MayAsk);
        await visit.Page.GetByLabel("Beats every").FillAsync("");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("vigil.json");
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Edit_WithABadValue_IsToldAtTheFieldAndWritesNothing()
    {
        const string Before = """{ "name": "Steady" }""";
        var id = Make("steady", Before);
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/agents/{id}");
        await visit.Page.GetByLabel("Beats every").FillAsync("soon");
        await visit.Page.GetByLabel("Name").FillAsync("Moved");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("label", new() { HasText = "Beats every" }).GetByRole(AriaRole.Alert)).ToContainTextAsync("good value");
        await Assertions.Expect(visit.Page.GetByLabel("Name")).ToHaveValueAsync("Moved");
        Assert.Equal(Before, await File.ReadAllTextAsync(browser.Host.Home.AgentFile(id)));
    }

    [Fact]
    public async Task BrokenFile_IsToldOnEachPageWithAnExampleThatFitsIt()
    {
        await using var host = await DashboardHost.StartAsync("{}", "scout");
        await File.WriteAllTextAsync(host.Home.AgentFile(AgentId.Parse("scout")), "{ \"model\": }");
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        foreach (var path in new[] { "/", "/agents", "/agents/scout", "/heartbeats", "/system" })
        {
            await visit.Page.GotoAsync(new Uri(host.Address, path).ToString());
            await Assertions.Expect(visit.Page.Locator("main")).ToContainTextAsync("agent.json:1:12");
            await Assertions.Expect(visit.Page.Locator("main")).ToContainTextAsync("""A good value is { "model": "openai/gpt-5.4" }""");
        }
    }

    [Fact]
    public async Task Edit_LeavesTheCommentsOfTheFile()
    {
        var id = Make("commented", "{\n  // Asked for by Ann.\n  \"name\": \"Ann's\"\n}\n");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/agents/{id}");
        await visit.Page.GetByLabel("Zone").FillAsync("Europe/Lisbon");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Saved.")).ToBeVisibleAsync();
        Assert.Equal("{\n  \"timezone\": \"Europe/Lisbon\",\n  // Asked for by Ann.\n  \"name\": \"Ann's\"\n}\n", await File.ReadAllTextAsync(browser.Host.Home.AgentFile(id)));
    }

    [Fact]
    public async Task AddCloneAndRemove_DoWhatTheySay()
    {
        var agents = browser.Host.Get<IAgentRegistry>();
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/agents");
        await visit.Page.GetByText("Add an agent").ClickAsync();
        await visit.Page.GetByLabel("Id, which is also its directory").FillAsync("fresh");
        await visit.Page.GetByLabel("Who it is").FillAsync("You count the ships.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add it" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/agents/fresh$"));
        await Assertions.Expect(visit.Page.GetByText("You count the ships.")).ToBeVisibleAsync();
        await visit.Page.GetByText("Clone…").ClickAsync();
        await visit.Page.GetByLabel("Id of the new agent").FillAsync("fresher");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Clone it" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/agents/fresher$"));
        Assert.True(agents.Exists(AgentId.Parse("fresher")));
        foreach (var id in new[] { "fresher", "fresh" })
        {
            await visit.GoAsync($"/agents/{id}");
            await visit.Page.GetByText("Remove…").ClickAsync();
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Remove it" }).ClickAsync();
            await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/agents$"));
            Assert.False(agents.Exists(AgentId.Parse(id)));
        }
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Add_OfATakenId_SaysSoAndStays()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/agents");
        await visit.Page.GetByText("Add an agent").ClickAsync();
        await visit.Page.GetByLabel("Id, which is also its directory").FillAsync("main");
        await visit.Page.GetByLabel("Who it is").FillAsync("A careful reader of contracts.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add it" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is an agent main already");
        await Assertions.Expect(visit.Page.GetByLabel("Who it is")).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByLabel("Who it is")).ToHaveValueAsync("A careful reader of contracts.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Routes_AreAddedTriedAndRemoved(bool script)
    {
        var chat = $"c-{script}".ToLowerInvariant();
        var table = browser.Host.Get<Routes>();
        var before = table.Current.Entries.Count;
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync("/agents");
        await visit.Page.GetByLabel("Platform").FillAsync("slack");
        await visit.Page.GetByLabel("Chat id").FillAsync(chat);
        await visit.Page.GetByLabel("A route like this to").SelectOptionAsync("ops");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add route" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#routes table")).ToContainTextAsync(chat);
        Assert.Equal(before + 1, table.Current.Entries.Count);
        await visit.Page.GetByLabel("Platform").FillAsync("slack");
        await visit.Page.GetByLabel("Chat id").FillAsync(chat);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Where would this message go?" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#verdict")).ToContainTextAsync("It goes to ops");
        await visit.GoAsync("/agents");
        var row = visit.Page.Locator("#routes tr", new() { HasText = chat });
        await row.GetByText("Remove…").ClickAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Remove it" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("The route is removed.")).ToBeVisibleAsync();
        Assert.Equal(before, table.Current.Entries.Count);
        Assert.Empty(visit.Complaints);
    }

    private AgentId Make(string name, string settings)
    {
        var id = AgentId.Parse(name);
        Assert.Null(browser.Host.Get<IAgentRegistry>().Add(id));
        File.WriteAllText(browser.Host.Home.AgentFile(id), settings);
        return id;
    }
}
