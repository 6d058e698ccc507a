using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Heartbeat;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class WorkTests(BrowserFixture browser)
{
    [Fact]
    public async Task Filter_ByAgentOutcomeAndReason_ShowsThoseAlone()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work");
        await visit.Page.Locator("select[name=agent]").SelectOptionAsync("scout");
        await visit.Page.Locator("select[name=outcome]").SelectOptionAsync("skipped");
        await visit.Page.Locator("select[name=reason]").SelectOptionAsync("nothing-due");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("agent=scout&.*outcome=skipped&.*reason=nothing-due"));
        var rows = await visit.Page.Locator("tbody tr").AllInnerTextsAsync();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Matches("scout[\\s\\S]*skipped[\\s\\S]*nothing-due", row));
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Clear" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("select[name=agent]")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Filter_ByAnOutcomeThatIsNone_SaysThatItWasNotTaken()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?outcome=happy");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("'happy' is no outcome");
    }

    [Fact]
    public async Task List_OnAPhone_ShowsEachOutcomeWithoutSidewaysScroll()
    {
        await using var visit = await browser.VisitAsync(phone: true);
        await visit.GoAsync("/work");
        var chips = visit.Page.Locator("tbody .chip");
        Assert.NotEqual(0, await chips.CountAsync());
        foreach (var chip in await chips.AllAsync())
        {
            var box = (await chip.BoundingBoxAsync())!;
            Assert.InRange(box.X + box.Width, 0, 390);
        }
        // The head is out of sight and still there for screen readers.
        Assert.Equal(8, await visit.Page.Locator("thead th").CountAsync());
    }

    [Fact]
    public async Task Why_CountsInWordsAndTellsGatesThatPassInOneLine()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?source=run&outcome=answered");
        await visit.Page.Locator("tbody a").First.ClickAsync();
        var chain = visit.Page.Locator("section[aria-labelledby=why] .chain");
        await Assertions.Expect(chain).ToContainTextAsync("1 reply, 0 tool results");
        await Assertions.Expect(chain).ToContainTextAsync("1 call, 2,140 tokens in (1,200 cached)");
        await Assertions.Expect(chain.GetByText("let it pass")).ToHaveCountAsync(1);
        await Assertions.Expect(chain).ToContainTextAsync(new Regex("The gates [a-z-, ]+ and [a-z-]+ let it pass"));
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(new Regex("^Run of "));
    }

    [Fact]
    public async Task Filter_ByTime_IsThatOfThePersonsZone()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?from=2026-03-27T08:55&to=2026-03-27T09:05&source=cron");
        Assert.Equal(1, await visit.Page.Locator("tbody tr").CountAsync());
        await visit.GoAsync("/work?from=2026-03-27T09:05&to=2026-03-27T10:05&source=cron");
        Assert.Equal(0, await visit.Page.Locator("tbody tr").CountAsync());
        await visit.GoAsync("/work?from=yesterday");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("'yesterday' is no time");
    }

    [Fact]
    public async Task Older_LeadsThroughTheWholeListOnce()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?outcome=skipped");
        var seen = new List<string?>();
        while (true)
        {
            foreach (var link in await visit.Page.Locator("tbody a.whole").AllAsync())
                seen.Add(await link.GetAttributeAsync("href"));
            var older = visit.Page.GetByRole(AriaRole.Link, new() { Name = "Older" });
            if (await older.CountAsync() == 0)
                break;
            await older.ClickAsync();
        }
        var all = await browser.Host.Get<IWorkStore>().ListAsync(new WorkFilter { Outcomes = [Outcome.Skipped] }, null, 500, default);
        Assert.Equal(all.Items.Select(work => $"/work/{work.Id}"), seen);
    }

    [Fact]
    public async Task One_ShowsGatesModelAndJournal_AndItsPromptBehindAClick()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?outcome=spoke&source=heartbeat");
        await visit.Page.Locator("tbody a.whole").First.ClickAsync();
        await Assertions.Expect(visit.Page.Locator("[aria-labelledby=gates]")).ToContainTextAsync("nothing-due");
        await Assertions.Expect(visit.Page.Locator("section[aria-labelledby=model]")).ToContainTextAsync("acme/small");
        await Assertions.Expect(visit.Page.Locator("section[aria-labelledby=journal]")).ToContainTextAsync("notify_user");
        var prompt = visit.Page.Locator("section[aria-labelledby=model] pre").First;
        await Assertions.Expect(prompt).ToBeHiddenAsync();
        await visit.Page.GetByText("Prompt", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(prompt).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Retry_AsksFirst()
    {
        var failed = await browser.Host.AskAsync("ops", "Build 512 failed again: what now.");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/work/{failed.Id}");
        var yes = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" });
        await Assertions.Expect(yes).ToBeHiddenAsync();
        await visit.Page.Locator("summary", new() { HasText = "Retry" }).ClickAsync();
        await yes.ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("It is tried again, with a fresh journal.")).ToBeVisibleAsync();
        await browser.Host.SettleAsync();
        Assert.Equal(2, (await browser.Host.Get<IWorkStore>().GetAsync(failed.Id, default))!.Attempt);
    }

    [Fact]
    public async Task WhatItSays_AppearsOnItsPageWithoutReload()
    {
        var soon = browser.Host.Clock.GetUtcNow().AddMinutes(1);
        var waiting = await browser.Host.AskAsync("main", "Write the memo of the morning.", work => work with { DueAt = soon, Notify = NotifyPolicy.Always });
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/work/{waiting.Id}");
        await visit.Page.Locator("html[data-stream=open]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "What it said" })).ToHaveCountAsync(0);
        browser.Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await browser.Host.SettleAsync();
        await Assertions.Expect(visit.Page.Locator("[data-live=said] .prose")).ToContainTextAsync("The morning in three lines.");
    }

    [Fact]
    public async Task HandedOver_IsToldWithItsReasonAndIsNoMismatch()
    {
        await using var host = await DashboardHost.StartAsync("""
            { "models": { "default": "acme/large", "providers": { "acme": { "kind": "openai", "baseUrl": "http://127.0.0.1:9/v1" } } },
              "gateway": { "heartbeat": { "model": "acme/small", "escalate": "acme/large" } } }
            """);
        host.Model.Answer = request => request.Messages[^1].Role == ChatRole.Tool
            ? [new TextContent("NO_REPLY")]
            : request.LastUserText.Contains("smaller model", StringComparison.Ordinal)
                ? [new FunctionCallContent("call_2", "notify_user", new Dictionary<string, object?> { ["text"] = "The heating is cold." })]
                : [new FunctionCallContent("call_1", "escalate", new Dictionary<string, object?> { ["reason"] = "It collides with the calendar." })];
        var main = host.Get<IAgentRegistry>().Find(AgentId.Main).Required();
        var work = (await host.Get<Wakes>().WakeAsync(main, "A mail came in.", "test", urgent: false, key: null, default)).Work;
        // Wakes that come together are one.
        await host.PlayAsync(host.Clock.GetUtcNow().AddSeconds(10), TimeSpan.FromSeconds(5));
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        await visit.Page.GotoAsync(new Uri(host.Address, $"/work/{work.Id}").ToString());
        await Assertions.Expect(visit.Page.Locator("[data-live=model]")).ToContainTextAsync("to acme/large (It collides with the calendar.)");
        await Assertions.Expect(visit.Page.Locator("[data-live=journal] h3")).ToHaveTextAsync(["Attempt 1", "Attempt 1, handed over to acme/large"]);
        await Assertions.Expect(visit.Page.Locator("[data-live=why]")).ToContainTextAsync("which it was handed over to");
        await Assertions.Expect(visit.Page.GetByText("not the one that was asked for")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Why_ShowsThePersonsTimesAndLeadsToWhatItNames()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/work?agent=main&source=heartbeat&outcome=spoke");
        await visit.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("wrk_") }).First.ClickAsync();
        var why = visit.Page.Locator("[data-live=why]");
        await Assertions.Expect(why.Locator("li").First).ToContainTextAsync(new Regex(@"for its slot at Fri 27 Mar, \d\d:\d\d"));
        await Assertions.Expect(why).Not.ToContainTextAsync(new Regex(@"\d\dZ"));
        await why.GetByRole(AriaRole.Link, new() { NameRegex = new("^ntf_") }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Why did I get this" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Cancel_AsksFirst()
    {
        var later = browser.Host.Clock.GetUtcNow().AddDays(30);
        var waiting = await browser.Host.AskAsync("ops", "Later.", work => work with { DueAt = later });
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/work/{waiting.Id}");
        await visit.Page.Locator("summary", new() { HasText = "Cancel" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel it" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("section[aria-label=Facts] .chip.cancelled")).ToBeVisibleAsync();
    }
}
