using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Microsoft.Playwright;
using Vigil.Agents;
using Vigil.Browser.Tests.Support;
using Vigil.Keys;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class SystemTests(BrowserFixture browser)
{
    [Fact]
    public async Task Key_IsShownOnceWorksAndIsRevokedAfterAQuestion()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/system");
        await visit.Page.GetByText("Add a key").ClickAsync();
        await visit.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("tablet");
        await visit.Page.Locator("input[name=scope][value=chat]").CheckAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add the key" }).ClickAsync();
        var key = await visit.Page.GetByRole(AriaRole.Textbox, new() { Name = "Your new key" }).InputValueAsync();
        Assert.Equal(KeyScopes.Chat, (await browser.Host.Get<IKeyStore>().FindAsync(key, default))!.Scopes);
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "I have copied it" }).ClickAsync();
        Assert.DoesNotContain(key, await visit.Page.ContentAsync(), StringComparison.Ordinal);
        var row = visit.Page.Locator("tr", new() { HasText = "tablet" });
        await row.Locator("summary").ClickAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Revoke it" }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("revoked");
        Assert.Null(await browser.Host.Get<IKeyStore>().FindAsync(key, default));
    }

    [Fact]
    public async Task Key_WithoutAScope_IsRefusedInWords()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/system");
        await visit.Page.GetByText("Add a key").ClickAsync();
        await visit.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("nothing");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add the key" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("A key without a scope opens nothing.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Key_WithALimitThatIsNoNumber_IsRefused()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/system");
        await visit.Page.GetByText("Add a key").ClickAsync();
        await visit.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("typo");
        await visit.Page.Locator("input[name=scope][value=chat]").CheckAsync();
        await visit.Page.Locator("input[name=spend]").EvaluateAsync("field => { field.removeAttribute('pattern'); field.value = '2,50'; }");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add the key" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("Days and dollars are numbers")).ToBeVisibleAsync();
        Assert.DoesNotContain(await browser.Host.Get<IKeyStore>().ListAsync(default), key => key.Name == "typo");
    }

    [Fact]
    public async Task Doctor_ExaminesWhenAsked()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/system");
        await Assertions.Expect(visit.Page.GetByText("asks the model for one word")).ToBeVisibleAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Examine" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("section[aria-labelledby=doctor]")).ToContainTextAsync("acme/large answers");
    }

    [Fact]
    public async Task Events_ArriveLive()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/system");
        await visit.Page.Locator("html[data-stream=open]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        var work = await browser.Host.AskAsync("main", "Is this seen?");
        await Assertions.Expect(visit.Page.Locator($"[data-live=events] a[href='/work/{work.Id}']").First).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("/system")]
    [InlineData("/work")]
    [InlineData("/schedules")]
    [InlineData("/heartbeats/main")]
    [InlineData("/agents/main")]
    public async Task Rows_OnAPhone_AreReadWithoutScrollingSideways(string path)
    {
        await using var visit = await browser.VisitAsync(phone: true);
        await visit.GoAsync(path);
        Assert.Equal("", await visit.Page.EvaluateAsync<string>("() => [...document.querySelectorAll('.cards')].filter((list) => list.scrollWidth > list.clientWidth).map((list) => `${list.getAttribute('aria-labelledby')} is ${list.scrollWidth} wide`).join()"));
    }

    [Fact]
    public async Task Cost_ShowsBudgetsGroupsAndCsv()
    {
        await using var visit = await browser.VisitAsync();
        await visit.GoAsync("/cost");
        await Assertions.Expect(visit.Page.Locator("section[aria-labelledby=budgets]")).ToContainTextAsync(new Regex(@"the whole gateway, today\s*\$0\.0\d+ of \$2\.00"));
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Cost by model" })).ToContainTextAsync("acme/small");
        var download = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.Locator("a[href^='/cost.csv?by=agent']").ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.Equal("agent,calls,input_tokens,cached_input_tokens,output_tokens,cost_usd,calls_without_price", lines[0]);
        Assert.Equal(["main", "scout"], lines.Skip(1).Select(line => line.Split('"')[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Budget_OfAnAgentElsewhere_IsOfItsOwnDay()
    {
        // Midnight in Berlin, the afternoon before in Los Angeles.
        await using var host = await DashboardHost.StartAsync("""
            { "models": { "default": "acme/large", "providers": { "acme": { "kind": "openai", "baseUrl": "http://127.0.0.1:9/v1" } }, "prices": { "acme/large": { "input": 10, "output": 10 } } },
              "timezone": "Europe/Berlin" }
            """, "scout");
        await File.WriteAllTextAsync(host.Home.AgentFile(AgentId.Parse("scout")), """{ "timezone": "America/Los_Angeles", "budget": { "daily": { "usd": 1 } } }""");
        host.Model.Usage = new UsageDetails { InputTokenCount = 20_000, OutputTokenCount = 0, TotalTokenCount = 20_000 };
        await host.AskAsync("scout", "What is new?");
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        await visit.Page.GotoAsync(new Uri(host.Address, "/cost").ToString());
        await Assertions.Expect(visit.Page.Locator("section[aria-labelledby=budgets]")).ToContainTextAsync("$0.200 of $1.00");
    }
}
