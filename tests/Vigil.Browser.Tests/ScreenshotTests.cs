using System.Globalization;
using Vigil.Browser.Tests.Support;

namespace Vigil.Browser.Tests;

/// <summary>With VIGIL_SCREENSHOTS=DIRECTORY it leaves a picture of each page there (see scripts/screenshots); either way each page must be drawn at each size.</summary>
public sealed class ScreenshotTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
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
            var overhang = await visit.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(overhang <= 0, string.Create(CultureInfo.InvariantCulture, $"{path} is {overhang} pixels too wide ({name})"));
            if (Environment.GetEnvironmentVariable("VIGIL_SCREENSHOTS") is { Length: > 0 } directory)
                await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(directory, $"{title}-{name}.png"), FullPage = true });
        }
        Assert.Empty(visit.Complaints);
    }
}
