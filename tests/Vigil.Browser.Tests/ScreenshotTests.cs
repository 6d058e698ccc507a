using Vigil.Browser.Tests.Support;

namespace Vigil.Browser.Tests;

/// <summary>With VIGIL_SCREENSHOTS=DIRECTORY it leaves a picture of each page there (see scripts/screenshots); either way each page must be drawn at each size.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ScreenshotTests(BrowserFixture browser)
{
    [Theory]
    [InlineData("desktop", false, false)]
    [InlineData("desktop-dark", true, false)]
    [InlineData("phone", false, true)]
    [InlineData("phone-dark", true, true)]
    public async Task EachPage_EachSize_IsDrawnWithoutSidewaysScroll(string name, bool dark, bool phone)
    {
        await using var visit = await browser.VisitAsync(dark, phone);
        foreach (var (title, path) in await SitePages.AllAsync(browser.Host))
        {
            await visit.GoAsync(path);
            var overhang = await visit.Page.EvaluateAsync<string>("""
                () => {
                  const width = document.documentElement.clientWidth;
                  if (document.documentElement.scrollWidth <= width) return '';
                  return [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > width && !element.closest('.table > *'))
                    .map((element) => element.outerHTML.slice(0, 120)).join('\n') || 'the page';
                }
                """);
            Assert.True(overhang.Length == 0, $"{path} is too wide ({name}): {overhang}");
            if (Environment.GetEnvironmentVariable("VIGIL_SCREENSHOTS") is { Length: > 0 } directory)
                await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(directory, $"{title}-{name}.png"), FullPage = true });
        }
        Assert.Empty(visit.Complaints);
    }
}
