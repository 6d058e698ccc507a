using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Heartbeat;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class HeartbeatTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PauseThenResume_HoldsTheBeatsAndLetsThemGo(bool script)
    {
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync("/heartbeats");
        var card = visit.Page.Locator("#beat-ops");
        await card.GetByText("Pause…").ClickAsync();
        await card.GetByLabel("How long").SelectOptionAsync("4h");
        await card.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Assertions.Expect(card.Locator(".chip.paused")).ToContainTextAsync("paused until");
        Assert.Equal(browser.Host.Clock.GetUtcNow().AddHours(4), (await browser.Host.Get<Heartbeats>().PauseOfAsync(AgentId.Parse("ops"), default))!.Until);
        await card.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Assertions.Expect(card.Locator(".chip.paused")).ToHaveCountAsync(0);
        Assert.Null(await browser.Host.Get<Heartbeats>().PauseOfAsync(AgentId.Parse("ops"), default));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task PauseUntilTomorrow_OfAnAgentElsewhere_IsThePersonsMorning()
    {
        await File.WriteAllTextAsync(browser.Host.Home.AgentFile(AgentId.Parse("ops")), """{ "timezone": "Asia/Tokyo" }""");
        browser.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/heartbeats/ops");
        await visit.Page.GetByText("Pause…").ClickAsync();
        await visit.Page.GetByLabel("How long").SelectOptionAsync("tomorrow");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator(".flash")).ToContainTextAsync(new Regex("ops pauses until .*, 08:00"));
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await visit.Page.GetByText("Pause…").ClickAsync();
        await visit.Page.GetByLabel("Or until").FillAsync("2026-04-20T09:30");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator(".flash")).ToContainTextAsync("ops pauses until Mon 20 Apr, 09:30.");
        Assert.Equal(new DateTimeOffset(2026, 4, 20, 7, 30, 0, TimeSpan.Zero), (await browser.Host.Get<Heartbeats>().PauseOfAsync(AgentId.Parse("ops"), default))!.Until);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Pause…")).ToBeVisibleAsync();
        await File.WriteAllTextAsync(browser.Host.Home.AgentFile(AgentId.Parse("ops")), "{}");
        browser.Host.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task RefusedText_StaysWhenSomethingHappens_AndTheBadgeStillRises()
    {
        browser.Host.Checklist("scout", "- Read the news\n");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/heartbeats/scout");
        browser.Host.Checklist("scout", "- Written by the agent itself\n");
        await visit.Page.GetByLabel("The checklist").FillAsync("- Mine\n");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("changed meanwhile");
        await visit.Page.Locator("html[data-stream=open]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        var before = int.Parse((await visit.Page.Locator("#menu .badge").InnerTextAsync()).Split(' ', '\n')[0], CultureInfo.InvariantCulture);
        await browser.Host.PostAsync("ntf_beside_a_draft", "The kettle is on.");
        await Assertions.Expect(visit.Page.Locator("#menu .badge")).ToContainTextAsync((before + 1).ToString(CultureInfo.InvariantCulture));
        await Assertions.Expect(visit.Page.GetByLabel("The checklist")).ToHaveValueAsync("- Mine\n");
        // The refusal itself is told by the browser; nothing else may be.
        Assert.All(visit.Complaints, complaint => Assert.Contains("409", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunNow_LeadsToItsWork()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/heartbeats/ops");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Run now" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/work/wrk_"));
        await Assertions.Expect(visit.Page.GetByText("Asked for. It passes the same gates")).ToBeVisibleAsync();
        await browser.Host.SettleAsync();
    }

    [Fact]
    public async Task Typing_ShowsThePlanBesideTheTextAndSavingWritesTheFile()
    {
        browser.Host.Checklist("scout", "- Read the news\n");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/heartbeats/scout");
        var plan = visit.Page.Locator("#plan");
        await Assertions.Expect(plan).ToContainTextAsync("at every slot");
        await visit.Page.GetByLabel("The checklist").FillAsync("- [every 6h] Read the news\n- [evry 2h] Look at the tenders\n");
        await Assertions.Expect(plan).ToContainTextAsync("every 6 hours");
        await Assertions.Expect(plan.Locator(".finding")).ToContainTextAsync("HEARTBEAT.md:2");
        Assert.Equal("- Read the news\n", Text("scout"));
        await visit.Page.GetByLabel("The checklist").FillAsync("- [every 6h] Read the news\n- [every 2h] Look at the tenders\n");
        await Assertions.Expect(plan.Locator(".finding")).ToHaveCountAsync(0);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Saved. It holds from the next beat on.")).ToBeVisibleAsync();
        Assert.Equal("- [every 6h] Read the news\n- [every 2h] Look at the tenders\n", Text("scout"));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task WithoutScript_PreviewShowsThePlanAndChangesNothing()
    {
        browser.Host.Checklist("scout", "- Read the news\n");
        await using var visit = await browser.VisitAsync(script: false);
        await visit.GoAsync("/heartbeats/scout");
        await visit.Page.GetByLabel("The checklist").FillAsync("- [3x/day] Read the news\n");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#plan")).ToContainTextAsync("3 times a day");
        Assert.Equal("- Read the news\n", Text("scout"));
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/heartbeats/scout$"));
        Assert.Equal("- [3x/day] Read the news\n", Text("scout"));
    }

    [Fact]
    public async Task Save_OverATextThatChangedMeanwhile_IsRefusedAndKeepsBoth()
    {
        browser.Host.Checklist("scout", "- Read the news\n");
        await using var visit = await browser.VisitAsync(script: false);
        await visit.GoAsync("/heartbeats/scout");
        browser.Host.Checklist("scout", "- Written by the agent itself\n");
        await visit.Page.GetByLabel("The checklist").FillAsync("- Mine\n");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("changed meanwhile");
        await Assertions.Expect(visit.Page.Locator("details pre", new() { HasText = "Written by the agent itself" })).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByLabel("The checklist")).ToHaveValueAsync("- Mine\n");
        Assert.Equal("- Written by the agent itself\n", Text("scout"));
    }

    [Fact]
    public async Task Wake_WithWords_AsksTheModelWithThem()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/heartbeats/ops");
        await visit.Page.GetByLabel("What happened").FillAsync("The build of the release is red.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Wake" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/work/wrk_"));
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("ake");
    }

    private string Text(string agent) => File.ReadAllText(Path.Combine(browser.Host.Home.Workspace(AgentId.Parse(agent)), "HEARTBEAT.md"));
}
