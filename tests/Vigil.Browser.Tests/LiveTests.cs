using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Heartbeat;

namespace Vigil.Browser.Tests;

/// <summary>Pages that stand open follow what happens.</summary>
[Collection(BrowserCollection.Name)]
public sealed class LiveTests(BrowserFixture browser)
{
    [Fact]
    public async Task Beat_ShowsOnTodayAsItHappens()
    {
        await using var visit = await browser.VisitAsync();
        var marks = visit.Page.Locator("#day-ops .strip .mark");
        await StreamAsync(visit.Page);
        var before = await marks.CountAsync();
        browser.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        await browser.Host.Get<Heartbeats>().RunAsync(browser.Host.Get<IAgentRegistry>().Find(AgentId.Parse("ops")).Required(), default);
        await browser.Host.SettleAsync();
        await Assertions.Expect(marks).ToHaveCountAsync(before + 1);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Work_ShowsInTheListAndKeepsFocusAndWhatIsTyped()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?source=run");
        await StreamAsync(visit.Page);
        var rows = visit.Page.Locator("tbody tr");
        var before = await rows.CountAsync();
        await visit.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("wrk_") }).First.FocusAsync();
        var focused = await visit.Page.EvaluateAsync<string>("document.activeElement.getAttribute('href')");
        await visit.Page.Locator("select[name=reason]").SelectOptionAsync("busy");
        await visit.Page.Locator($"a[href='{focused}']").FocusAsync();
        browser.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        var work = await browser.Host.AskAsync("main", "Did anything move?");
        await Assertions.Expect(rows).ToHaveCountAsync(before + 1);
        await Assertions.Expect(visit.Page.Locator($"a[href='/work/{work.Id}']")).ToBeVisibleAsync();
        Assert.Equal(focused, await visit.Page.EvaluateAsync<string>("document.activeElement.getAttribute('href')"));
        await Assertions.Expect(visit.Page.Locator("select[name=reason]")).ToHaveValueAsync("busy");
    }

    [Fact]
    public async Task Event_BetweenThePageAndItsStream_IsNotMissed()
    {
        await using var visit = await browser.VisitAsync();
        var asked = new TaskCompletionSource<string>();
        await visit.Page.RouteAsync("**/api/events*", async route =>
        {
            // The page is there, its stream is not yet.
            if (!asked.Task.IsCompleted)
                await browser.Host.PostAsync("ntf_between", "The post came while you opened the page.");
            asked.TrySetResult(route.Request.Url);
            await route.ContinueAsync();
        });
        await visit.GoAsync("/inbox");
        await Assertions.Expect(visit.Page.GetByText("The post came while you opened the page.")).ToBeVisibleAsync();
        Assert.Contains("after=", await asked.Task, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notification_RaisesTheBadgeOnAnyPage()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/cost");
        await StreamAsync(visit.Page);
        var badge = visit.Page.Locator("#menu .badge");
        var before = int.Parse((await badge.InnerTextAsync()).Split(' ', '\n')[0], CultureInfo.InvariantCulture);
        await browser.Host.PostAsync("ntf_live", "The door bell rang.");
        await Assertions.Expect(badge).ToContainTextAsync((before + 1).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Choice_InAList_StaysThroughAnUpdate()
    {
        await browser.Host.PostAsync("ntf_choice", "Water the plants.");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        await StreamAsync(visit.Page);
        var choice = visit.Page.Locator("#ntf_choice select[name=for]");
        await choice.SelectOptionAsync("monday");
        await visit.Page.Locator("#ntf_choice").GetByRole(AriaRole.Button, new() { Name = "Snooze" }).FocusAsync();
        var before = int.Parse((await visit.Page.Locator("#menu .badge").InnerTextAsync()).Split(' ', '\n')[0], CultureInfo.InvariantCulture);
        await browser.Host.PostAsync("ntf_beside_a_choice", "The kettle is on.");
        await Assertions.Expect(visit.Page.Locator("#menu .badge")).ToContainTextAsync((before + 1).ToString(CultureInfo.InvariantCulture));
        await Assertions.Expect(choice).ToHaveValueAsync("monday");
    }

    [Fact]
    public async Task LostConnection_IsSeenUntilItIsBack()
    {
        await using var visit = await browser.VisitAsync();
        await visit.Page.RouteAsync("**/api/events*", route => route.AbortAsync());
        await visit.GoAsync("/work");
        var note = visit.Page.GetByText("The connection to the gateway is lost");
        await Assertions.Expect(note).ToBeVisibleAsync();
        await visit.Page.UnrouteAsync("**/api/events*");
        await StreamAsync(visit.Page);
        await Assertions.Expect(note).ToBeHiddenAsync();
    }

    [Fact]
    public async Task SignOut_InAnotherTab_LeadsThisOneToSignIn()
    {
        await using var visit = await browser.VisitAsync();
        await StreamAsync(visit.Page);
        var other = await visit.Page.Context.NewPageAsync();
        await other.GotoAsync("/");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        browser.Host.Clock.Advance(TimeSpan.FromSeconds(2));
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Sign in · Vigil");
    }

    [Fact]
    public async Task OpenTable_StaysOpenThroughAnUpdate()
    {
        await using var visit = await browser.VisitAsync();
        await StreamAsync(visit.Page);
        await visit.Page.Locator("#day-scout summary").ClickAsync();
        // The newest stands first, and only so many are shown.
        var newest = visit.Page.Locator("#day-scout tbody tr").First.Locator("a");
        var before = await newest.GetAttributeAsync("href");
        browser.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        await browser.Host.AskAsync("scout", "Anything else?");
        await Assertions.Expect(newest).Not.ToHaveAttributeAsync("href", before!);
        await Assertions.Expect(visit.Page.Locator("#day-scout details")).ToHaveAttributeAsync("open", "");
    }

    /// <summary>Waits until the page hears events: what happened before is no matter of the stream.</summary>
    private static Task StreamAsync(IPage page) => page.Locator("html[data-stream=open]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
}
