using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Sessions;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class ChatTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_ShowsTheAnswerAndKeepsBoth(bool script)
    {
        var name = $"talk-{script}".ToLowerInvariant();
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync($"/chat/scout?session={name}");
        await visit.Page.GetByLabel("Your words to scout").FillAsync("Is both done? **Really**");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        var scout = AgentId.Parse("scout");
        if (!script)
        {
            await Assertions.Expect(visit.Page.GetByText("Is both done?")).ToBeVisibleAsync();
            await browser.Host.TurnsOverAsync(SessionKey.For(scout, "chat", name));
            await visit.Page.ReloadAsync();
        }
        var turns = visit.Page.Locator("[data-live=messages] .turn");
        await Assertions.Expect(turns).ToHaveCountAsync(2);
        await Assertions.Expect(turns.First.Locator("strong").Last).ToHaveTextAsync("Really");
        await Assertions.Expect(turns.Last).ToContainTextAsync("both transfers are prepared");
        await Assertions.Expect(visit.Page.Locator("#pending > li")).ToHaveCountAsync(0);
        var tail = await browser.Host.Get<ISessionStore>().TailAsync(SessionKey.For(scout, "chat", name), 10_000, default);
        Assert.Equal(2, tail.Messages.Count);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task UnknownAgent_IsSaidAndNobodyElseAnswers()
    {
        await using var visit = await browser.VisitAsync();
        await visit.Page.GotoAsync("/chat?agent=nobody");
        await Assertions.Expect(visit.Page.GetByText("There is no agent 'nobody'.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task AnotherTab_OfTheSameChat_FollowsWithoutReload()
    {
        await using var one = await browser.VisitAsync();
        await using var other = await browser.VisitAsync();
        await one.GoAsync("/chat/scout?session=two-tabs");
        await other.GoAsync("/chat/scout?session=two-tabs");
        await Assertions.Expect(other.Page.Locator("html[data-stream=open]")).ToHaveCountAsync(1);
        await one.Page.GetByLabel("Your words to scout").FillAsync("Are both tabs right?");
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(other.Page.Locator("[data-live=messages] .turn")).ToHaveCountAsync(2);
        await Assertions.Expect(other.Page.Locator("[data-live=messages]")).ToContainTextAsync("Are both tabs right?");
        await Assertions.Expect(one.Page.Locator("[data-live=messages] .turn")).ToHaveCountAsync(2);
        await Assertions.Expect(one.Page.Locator("#pending > li")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Failure_WithoutScript_IsTold()
    {
        await using var visit = await browser.VisitAsync(script: false);
        await visit.GoAsync("/chat/ops?session=failing-plain");
        await visit.Page.GetByLabel("Your words to ops").FillAsync("What about 512?");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        // The form has led back to the page: a reload in the middle of that is refused by the browser.
        await Assertions.Expect(visit.Page.GetByLabel("Your words to ops")).ToHaveValueAsync("");
        await browser.Host.TurnsOverAsync(SessionKey.For(AgentId.Parse("ops"), "chat", "failing-plain"));
        await visit.Page.ReloadAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("context is too long");
    }

    [Fact]
    public async Task Markup_OfAnAgent_IsTextAndNoMarkup()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/chat/scout?session=markup");
        await visit.Page.GetByLabel("Your words to scout").FillAsync("<img src=x onerror=alert(1)> ?");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        var turns = visit.Page.Locator("[data-live=messages] .turn");
        await Assertions.Expect(turns).ToHaveCountAsync(2);
        await Assertions.Expect(turns.First).ToContainTextAsync("<img src=x");
        Assert.Equal(0, await visit.Page.Locator("main img").CountAsync());
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Failure_IsToldAndTheWordsStay()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/chat/ops?session=failing");
        await visit.Page.GetByLabel("Your words to ops").FillAsync("What about 512?");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#pending .bad")).ToContainTextAsync("context is too long");
        await Assertions.Expect(visit.Page.GetByLabel("Your words to ops")).ToHaveValueAsync("What about 512?");
    }

    [Fact]
    public async Task Stop_EndsTheTurnSoThatTheNextOneIsAnswered()
    {
        var never = new TaskCompletionSource<string>();
        browser.Host.Model.EnqueueWhen(never.Task);
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/chat/scout?session=stopped");
        await visit.Page.GetByLabel("Your words to scout").FillAsync("Think for a year");
        await visit.Page.GetByLabel("Your words to scout").PressAsync("Control+Enter");
        while (!(await browser.Host.Model.NextAsync()).LastUserText.Contains("Think for a year", StringComparison.Ordinal))
        {
            // Those of the staged day come first.
        }
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeEnabledAsync();
        // One turn at a time in a conversation: the first must be over for this one to begin.
        await visit.Page.GetByLabel("Your words to scout").FillAsync("And now?");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("[data-live=messages]")).ToContainTextAsync("both transfers are prepared");
        Assert.False(never.Task.IsCompleted);
    }

    [Fact]
    public async Task Conversations_AreListedAndBegunAnew()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/chat/scout");
        await visit.Page.GetByLabel("Another conversation").FillAsync("plans");
        await visit.Page.Locator("aside").GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        // A click does not wait for the page that it leads to: words would be typed into the one that goes away.
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("session=plans"));
        await visit.Page.GetByLabel("Your words to scout").FillAsync("Shall we?");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("aside").GetByRole(AriaRole.Link, new() { Name = "chat:plans" })).ToBeVisibleAsync();
        await visit.Page.GetByText("Begin anew…").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Begin anew", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Begun anew.")).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.Locator("[data-live=messages] .turn")).ToHaveCountAsync(0);
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/chat/scout\\?session="));
    }
}
