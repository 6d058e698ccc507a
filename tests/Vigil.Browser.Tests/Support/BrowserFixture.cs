using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Vigil.Browser.Tests.Support;

/// <summary>One headless Chromium and one staged day for all tests of a class.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    internal DashboardHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = await Stage.DayAsync();
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(20_000);
        var path = new[] { Environment.GetEnvironmentVariable("VIGIL_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("These tests need Chromium: apt-get install chromium, or name one in VIGIL_CHROMIUM.");
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>A browser of its own that is signed in and whose console must stay silent.</summary>
    internal async Task<Visit> VisitAsync(bool dark = false, bool phone = false, bool script = true)
    {
        var visit = await StrangerAsync(dark, phone, script);
        // The link's page goes on by itself.
        await visit.Page.GotoAsync(await Host.LinkAsync(), new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        return visit;
    }

    /// <summary>Nobody has signed in.</summary>
    internal async Task<Visit> StrangerAsync(bool dark = false, bool phone = false, bool script = true)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            BaseURL = Host.Address.ToString(),
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = phone ? new() { Width = 390, Height = 844 } : new() { Width = 1280, Height = 860 },
            HasTouch = phone,
            JavaScriptEnabled = script,
            Locale = "en-GB",
        });
        return new Visit(context, await context.NewPageAsync());
    }
}

/// <summary>One person's browser.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Complaints.Enqueue($"{page.Url}: {message.Text}");
        };
        page.PageError += (_, error) => Complaints.Enqueue($"{page.Url}: {error}");
        page.Request += (_, request) => Requested.Enqueue(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console; refused inline scripts and styles are among them.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    public ConcurrentQueue<string> Requested { get; } = [];

    public async Task<Visit> GoAsync(string path)
    {
        var answer = await Page.GotoAsync(path);
        Assert.True(answer!.Ok, $"{path}: {answer.Status}");
        return this;
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
