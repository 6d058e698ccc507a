using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Notify;
using Vigil.Sessions;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class InboxTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_TakesTheUnreadDotAndTheItemStays(bool script)
    {
        var id = $"ntf_read_{script}".ToLowerInvariant();
        await browser.Host.PostAsync(id, "The parcel is at the neighbour's.");
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync("/inbox");
        var item = visit.Page.Locator($"#{id}");
        await Assertions.Expect(item.Locator(".dot")).ToHaveCountAsync(1);
        await item.GetByRole(AriaRole.Button, new() { Name = "Read" }).ClickAsync();
        await Assertions.Expect(item.Locator(".dot")).ToHaveCountAsync(0);
        await Assertions.Expect(item).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Done_TakesItOutOfTheInboxAndTellsSo()
    {
        await browser.Host.PostAsync("ntf_done", "The tyres are due.");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        await visit.Page.Locator("#ntf_done").GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#ntf_done")).ToHaveCountAsync(0);
        await Assertions.Expect(visit.Page.GetByText("Done. The tab All still has it.")).ToBeVisibleAsync();
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "All", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#ntf_done")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Snooze_PutsItAwayUntilItsTime()
    {
        await browser.Host.PostAsync("ntf_snooze", "Water the plants.");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        await visit.Page.Locator("#ntf_snooze").GetByRole(AriaRole.Button, new() { Name = "Snooze" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#ntf_snooze")).ToHaveCountAsync(0);
        var kept = await browser.Host.Get<INotificationStore>().GetAsync("ntf_snooze", default);
        Assert.Equal(browser.Host.Clock.GetUtcNow().AddHours(1), kept!.SnoozedUntil);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_GoesToTheAgentsConversationAndItsReplyIsShown(bool script)
    {
        var id = $"ntf_answer_{script}".ToLowerInvariant();
        await browser.Host.PostAsync(id, "Shall I prepare the transfers?");
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync("/inbox");
        await visit.Page.Locator($"#{id} summary").ClickAsync();
        await visit.Page.Locator($"#{id} textarea").FillAsync($"Yes, both, please? {script}");
        await visit.Page.Locator($"#{id}").GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex($"/inbox/{id}$"));
        await Assertions.Expect(visit.Page.GetByText($"Yes, both, please? {script}")).ToBeVisibleAsync();
        if (!script)
            await browser.Host.TurnsOverAsync(SessionKey.Main(AgentId.Main));
        if (!script)
            await visit.Page.ReloadAsync();
        await Assertions.Expect(visit.Page.GetByText("both transfers are prepared").Last).ToBeVisibleAsync();
        var tail = await browser.Host.Get<ISessionStore>().TailAsync(SessionKey.Main(AgentId.Main), 10_000, default);
        Assert.Contains(tail.Messages, message => message.Message.Text == $"> Shall I prepare the transfers?\n\nYes, both, please? {script}");
        Assert.NotNull((await browser.Host.Get<INotificationStore>().GetAsync(id, default))!.ReadAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_ModelTakesLong_PageIsBackAtOnceAndTheReplyFollows(bool script)
    {
        var id = $"ntf_slow_{script}".ToLowerInvariant();
        await browser.Host.PostAsync(id, "The hall is free on Friday.");
        var later = new TaskCompletionSource<string>();
        browser.Host.Model.EnqueueWhen(later.Task);
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync($"/inbox/{id}");
        await visit.Page.GetByLabel("Your words to main").FillAsync($"Then book it. {script}");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        var since = visit.Page.Locator("[data-live=since]");
        await Assertions.Expect(since.GetByText("main is answering…")).ToBeVisibleAsync();
        await Assertions.Expect(since.GetByText($"Then book it. {script}")).ToHaveCountAsync(1);
        later.SetResult($"The hall is booked. {script}");
        if (!script)
        {
            await browser.Host.TurnsOverAsync(SessionKey.Main(AgentId.Main));
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = "look again" }).ClickAsync();
        }

        await Assertions.Expect(since.GetByText($"The hall is booked. {script}")).ToBeVisibleAsync();
        await Assertions.Expect(since.GetByText("main is answering…")).ToHaveCountAsync(0);
        await Assertions.Expect(since.GetByText($"Then book it. {script}")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Keyboard_GoesOnWhereItWas()
    {
        await browser.Host.PostAsync("ntf_keys_1", "The first of three.");
        await browser.Host.PostAsync("ntf_keys_2", "The second of three.");
        await browser.Host.PostAsync("ntf_keys_3", "The third of three.");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        await visit.Page.Locator("#ntf_keys_2").GetByRole(AriaRole.Button, new() { Name = "Read" }).PressAsync("Enter");
        await Assertions.Expect(visit.Page.Locator("#ntf_keys_2 .dot")).ToHaveCountAsync(0);
        await Assertions.Expect(visit.Page.Locator("#ntf_keys_2 :focus")).ToHaveCountAsync(1);
        // What was read stands behind what was not.
        var next = await visit.Page.Locator("#ntf_keys_2").EvaluateAsync<string>("item => (item.nextElementSibling ?? item.previousElementSibling).id");
        await visit.Page.Locator("#ntf_keys_2").GetByRole(AriaRole.Button, new() { Name = "Done" }).PressAsync("Enter");
        await Assertions.Expect(visit.Page.Locator("#ntf_keys_2")).ToHaveCountAsync(0);
        await Assertions.Expect(visit.Page.Locator($"#{next} :focus")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task VeryLongText_IsCutInTheListAndWholeOnItsPage()
    {
        await browser.Host.PostAsync("ntf_endless", string.Concat(Enumerable.Repeat("All work and no play. ", 5_000)) + "The very end.");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        await Assertions.Expect(visit.Page.Locator("#ntf_endless .prose")).Not.ToContainTextAsync("The very end.");
        await visit.Page.Locator("#ntf_endless").GetByRole(AriaRole.Link, new() { Name = "Read all 110,013 characters" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("section[aria-label=Notification] .prose")).ToContainTextAsync("The very end.");
    }

    [Fact]
    public async Task Escape_ClosesAnAnswerThatHasNoWordsYet()
    {
        await browser.Host.PostAsync("ntf_escape", "Shall I book the room?");
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        var answer = visit.Page.Locator("#ntf_escape details.answer");
        await answer.Locator("summary").ClickAsync();
        await answer.Locator("textarea").FillAsync("Yes");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(answer).ToHaveAttributeAsync("open", "");
        await answer.Locator("textarea").FillAsync("");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(answer).Not.ToHaveAttributeAsync("open", "");
        Assert.Equal("Answer", await visit.Page.EvaluateAsync<string>("document.activeElement.textContent.trim()"));
    }

    [Fact]
    public async Task NarrowPhone_LongWordsNamesAndTables_StayReadableWithoutSidewaysScroll()
    {
        await using var host = await DashboardHost.StartAsync("{}", "an-agent-with-an-id-that-is-as-long-as-such-an-id-may-become");
        await host.PostAsync("ntf_long", """
            שלום, on the right.

            | one | two | three | four | five | six | seven |
            |---|---|---|---|---|---|---|
            | Donaudampfschiff | Donaudampfschiff | Donaudampfschiff | Donaudampfschiff | Donaudampfschiff | Donaudampfschiff | x |

            DonaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampfschifffahrt
            """);
        await using var visit = await browser.StrangerAsync();
        await visit.Page.SetViewportSizeAsync(320, 640);
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        foreach (var path in new[] { "/", "/inbox", "/inbox/ntf_long", "/chat/main", "/work", "/heartbeats", "/schedules", "/schedules/new", "/agents", "/cost", "/system" })
        {
            await visit.Page.GotoAsync(new Uri(host.Address, path).ToString());
            Assert.Equal((path, 0), (path, await visit.Page.EvaluateAsync<int>("() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)")));
        }
        await visit.Page.GotoAsync(new Uri(host.Address, "/inbox").ToString());
        Assert.True(await visit.Page.EvaluateAsync<double>("document.querySelector('.prose td').getBoundingClientRect().width") > 60);
        Assert.True(await visit.Page.EvaluateAsync<bool>("() => { const range = document.createRange(); range.selectNodeContents(document.querySelector('.prose p')); return range.getBoundingClientRect().left > document.querySelector('.prose').getBoundingClientRect().left + 5; }"));
        Assert.Empty(await Axe.SeriousAsync(visit.Page));
    }

    [Fact]
    public async Task Unsaid_ShowsWhatWasHeldBackWithItsReason()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox?tab=unsaid");
        await Assertions.Expect(visit.Page.Locator(".chip.suppressed").First).ToContainTextAsync("duplicate");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Why was this not said" }).First.ClickAsync();
        await Assertions.Expect(visit.Page.Locator(".chain")).ToContainTextAsync("kept back (duplicate)");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "what it repeats" }).First.ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Why did I get this" })).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.Locator(".chain")).ToContainTextAsync("A heartbeat asked agent");
    }

    [Fact]
    public async Task Words_OfAnAgent_AreNeverMarkupOfThePage()
    {
        await browser.Host.PostAsync("ntf_evil", """
            <script>window.hit = 1</script> <img src=x onerror="window.hit = 2"> ![pixel](http://127.0.0.1:9/pixel.png) [go](javascript:window.hit=3) [ok](https://example.org/) <b>bold</b>
            """);
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/inbox");
        var prose = visit.Page.Locator("#ntf_evil .prose");
        await Assertions.Expect(prose).ToContainTextAsync("<script>");
        Assert.Equal(0, await prose.Locator("script, img, b").CountAsync());
        var links = prose.GetByRole(AriaRole.Link);
        Assert.Equal(1, await links.CountAsync());
        Assert.Equal("https://example.org/", await links.GetAttributeAsync("href"));
        Assert.Contains("noopener", await links.GetAttributeAsync("rel"), StringComparison.Ordinal);
        Assert.Null(await visit.Page.EvaluateAsync<int?>("window.hit ?? null"));
        Assert.Empty(visit.Complaints);
    }
}
