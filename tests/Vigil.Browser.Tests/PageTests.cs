using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Browser.Tests.Support;

namespace Vigil.Browser.Tests;

/// <summary>What holds for every page.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PageTests(BrowserFixture browser)
{
    [Fact]
    public async Task EachPage_ConsoleAndNetwork_AreCleanAndStayAtHome()
    {
        await using var visit = await browser.VisitAsync();
        foreach (var (_, path) in await SitePages.AllAsync(browser.Host))
            await visit.GoAsync(path);
        Assert.Empty(visit.Complaints);
        Assert.All(visit.Requested.ToArray(), url => Assert.StartsWith(browser.Host.Address.ToString(), url, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EachPage_Axe_FindsNothingSerious(bool dark)
    {
        await using var visit = await browser.VisitAsync(dark);
        foreach (var (_, path) in await SitePages.AllAsync(browser.Host))
        {
            await visit.GoAsync(path);
            foreach (var details in await visit.Page.Locator("main details:not(.confirm) > summary").AllAsync())
                await details.ClickAsync();
            var found = await Axe.SeriousAsync(visit.Page);
            Assert.True(found.Count == 0, $"{path}: {string.Join('\n', found)}");
        }
    }

    [Fact]
    public async Task EachPage_WithoutScript_IsThereWithItsLandmarks()
    {
        await using var visit = await browser.VisitAsync(script: false);
        foreach (var (_, path) in await SitePages.AllAsync(browser.Host))
        {
            await visit.GoAsync(path);
            Assert.Equal(1, await visit.Page.Locator("h1").CountAsync());
            Assert.Equal(1, await visit.Page.GetByRole(AriaRole.Main).CountAsync());
            Assert.Equal(1, await visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).CountAsync());
            Assert.Equal(1, await visit.Page.Locator("#menu a[aria-current=page]").CountAsync());
        }
    }

    [Fact]
    public async Task UnknownPage_IsAPageThatLeadsBack()
    {
        await using var visit = await browser.VisitAsync();
        Assert.Equal(404, (await visit.Page.GotoAsync("/nowhere"))!.Status);
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Go to today" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
    }

    [Fact]
    public async Task Theme_FollowsTheSystemAndThePersonsChoice()
    {
        await using var visit = await browser.VisitAsync(dark: true);
        var dark = await GroundAsync(visit.Page);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Light", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        var light = await GroundAsync(visit.Page);
        Assert.NotEqual(dark, light);
        await visit.GoAsync("/work");
        Assert.Equal(light, await GroundAsync(visit.Page));
    }

    [Theory]
    [InlineData("/heartbeats/main/checklist", "/heartbeats/main")]
    [InlineData("/system/doctor", "/system")]
    [InlineData("/routes/test", "/")]
    public async Task AddressOfAForm_AskedForAgain_LeadsToThePageWithTheForm(string path, string page)
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync(path);
        Assert.Equal(page, new Uri(visit.Page.Url).PathAndQuery);
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData("/work?agent=ops&outcome=failed")]
    [InlineData("/?day=2026-03-26")]
    public async Task Theme_KeepsWhatThePageShows(string path)
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync(path);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        Assert.Equal(path, new Uri(visit.Page.Url).PathAndQuery);
    }

    [Fact]
    public async Task Theme_OnAPageThatAnswersAForm_LeadsToAPageThatIsThere()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/system");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Examine" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/system/doctor$"));
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/system$"));
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("System · Vigil");
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Phone_MenuOpensAndLeadsToAPage()
    {
        await using var visit = await browser.VisitAsync(phone: true);
        var work = visit.Page.Locator("#menu").GetByRole(AriaRole.Link, new() { Name = "Work", Exact = true });
        await Assertions.Expect(work).ToBeHiddenAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await work.ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/work$"));
    }

    [Fact]
    public async Task Keyboard_SkipLinkLeadsToTheContent()
    {
        await using var visit = await browser.VisitAsync();
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await visit.Page.EvaluateAsync<string>("document.activeElement.id"));
    }

    private static Task<string> GroundAsync(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
}
