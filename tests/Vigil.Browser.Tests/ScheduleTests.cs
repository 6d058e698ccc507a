using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Browser.Tests.Support;
using Vigil.Cron;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class ScheduleTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Add_WithItsPreview_PlansIt(bool script)
    {
        var name = $"Morning {script}";
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync("/schedules");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Add a schedule" }).First.ClickAsync();
        await visit.Page.GetByLabel("Name").FillAsync(name);
        await visit.Page.GetByLabel("When", new() { Exact = true }).FillAsync("30 7 * * mon");
        await visit.Page.GetByLabel("What to ask").FillAsync("Write the memo.");
        if (!script)
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        var coming = visit.Page.Locator("#coming");
        await Assertions.Expect(coming.Locator("li")).ToHaveCountAsync(5);
        await Assertions.Expect(coming.Locator("li").First).ToContainTextAsync("Mon 2026-03-30 07:30");
        await Assertions.Expect(visit.Page.GetByLabel("What to ask")).ToHaveValueAsync("Write the memo.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add it" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/schedules/sch_"));
        var planned = Assert.Single((await browser.Host.Get<IScheduleStore>().ListAsync(new ScheduleFilter { Name = name }, null, 10, default)).Items);
        Assert.Equal(new DateTimeOffset(2026, 3, 30, 5, 30, 0, TimeSpan.Zero), planned.NextAt);
        await visit.GoAsync("/schedules");
        await Assertions.Expect(visit.Page.Locator(".week").GetByRole(AriaRole.Link, new() { Name = name })).ToHaveCountAsync(1);
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WrongTime_IsToldAtThePreviewAndNothingIsStored(bool script)
    {
        var name = $"Never {script}";
        await using var visit = await browser.VisitAsync(script: script);
        await visit.GoAsync("/schedules/new");
        await visit.Page.GetByLabel("Name").FillAsync(name);
        await visit.Page.GetByLabel("When", new() { Exact = true }).FillAsync("99 9 * * *");
        await visit.Page.GetByLabel("What to ask").FillAsync("Nothing.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add it" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#coming .bad")).ToContainTextAsync("99");
        await Assertions.Expect(visit.Page.GetByLabel("What to ask")).ToHaveValueAsync("Nothing.");
        Assert.Empty((await browser.Host.Get<IScheduleStore>().ListAsync(new ScheduleFilter { Name = name }, null, 10, default)).Items);
    }

    [Fact]
    public async Task Calendar_ShowsEachDayOfWhatComesOften_AndWhatTheChangeOfTheClockSkips()
    {
        // The week holds the 29th of March: Berlin goes from two o'clock to three.
        await AddAsync("Often", new ScheduleSpec { Cron = "*/5 * * * *" });
        await AddAsync("At night", new ScheduleSpec { Cron = "30 2 * * *" });
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/schedules");
        await Assertions.Expect(visit.Page.Locator(".week > li", new() { HasText = "Often" })).ToHaveCountAsync(7);
        await Assertions.Expect(visit.Page.Locator(".week > li").Nth(3).Locator("li", new() { HasText = "Often" })).ToContainTextAsync("00:00 Often and at least 100 more");
        await Assertions.Expect(visit.Page.Locator(".week > li", new() { HasText = "At night" })).ToHaveCountAsync(6);
        await Assertions.Expect(visit.Page.Locator(".week > li", new() { HasText = "Sun 29 Mar" }).Locator("li", new() { HasText = "At night" })).ToContainTextAsync("03:00");
        await Assertions.Expect(visit.Page.Locator(".week > li", new() { HasText = "Mon 30 Mar" }).Locator("li", new() { HasText = "At night" })).ToContainTextAsync("02:30");
    }

    [Fact]
    public async Task Edit_OfTheWordsAlone_LeavesTimeAndTheRestAsTheyAre()
    {
        var schedule = await AddAsync("Edited", new ScheduleSpec { Every = "2h" });
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/schedules/{schedule.Id}");
        await visit.Page.GetByLabel("What to ask").FillAsync("Something else.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Saved.")).ToBeVisibleAsync();
        var after = (await browser.Host.Get<IScheduleStore>().GetAsync(schedule.Id, default))!;
        Assert.Equal("Something else.", after.Prompt);
        Assert.Equal((schedule.NextAt, schedule.When, MissedPolicy.All), (after.NextAt, after.When, after.Missed));
    }

    [Fact]
    public async Task DisableEnableRunAndRemove_DoWhatTheySay()
    {
        var schedule = await AddAsync("Handled", new ScheduleSpec { Cron = "0 5 * * *" });
        var store = browser.Host.Get<IScheduleStore>();
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync($"/schedules/{schedule.Id}");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Enable" })).ToBeVisibleAsync();
        Assert.False((await store.GetAsync(schedule.Id, default))!.Enabled);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Enable" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" })).ToBeVisibleAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Run now" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/work/wrk_"));
        await browser.Host.SettleAsync();
        await visit.GoAsync($"/schedules/{schedule.Id}");
        await Assertions.Expect(visit.Page.Locator("[data-live=history]")).ToContainTextAsync("by hand");
        await visit.Page.GetByText("Remove…").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Remove it" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/schedules$"));
        Assert.Null(await store.GetAsync(schedule.Id, default));
        Assert.Empty(visit.Complaints);
    }

    private async Task<Schedule> AddAsync(string name, ScheduleSpec when)
    {
        var answer = await browser.Host.Get<Schedules>().AddAsync(new ScheduleRequest { Name = name, Agent = "ops", Schedule = when, Prompt = "Look.", Missed = MissedPolicy.All }, default);
        return answer.Schedule!;
    }
}
