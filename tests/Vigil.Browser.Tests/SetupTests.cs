using Microsoft.Playwright;
using Vigil.Browser.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Browser.Tests;

/// <summary>The first start without a model.</summary>
[Collection(BrowserCollection.Name)]
public sealed class SetupTests(BrowserFixture browser)
{
    [Fact]
    public async Task WithoutAModel_TodayTeachesAndTriesOneWithARealCall()
    {
        await using var models = await FakeModelServer.StartAsync();
        models.Answer = _ => FakeModelReply.Say("ok");
        await using var host = await DashboardHost.StartAsync($$"""
            { "models": { "providers": { "ollama": { "baseUrl": "http://127.0.0.1:9/v1" }, "fake": { "kind": "openai", "baseUrl": "{{models.OpenAIUrl}}" } } } }
            """);
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync(await host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "One thing is missing: a model" })).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.Locator(".setup")).ToContainTextAsync("OPENAI_API_KEY");
        await visit.Page.GetByLabel("Try a model").FillAsync("fake/model-a");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Try it" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("fake/model-a answers.")).ToBeVisibleAsync();
        Assert.Single(models.Requests);
        await visit.Page.GetByLabel("Try a model").FillAsync("nobody/here");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Try it" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("nobody/here cannot be used")).ToBeVisibleAsync();
        Assert.Empty(await Axe.SeriousAsync(visit.Page));
    }
}
