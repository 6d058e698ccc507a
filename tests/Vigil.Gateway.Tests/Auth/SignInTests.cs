using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;

namespace Vigil.Gateway.Tests.Auth;

public sealed class SignInTests
{
    [Fact]
    public async Task P50_ALinkWorksOnce()
    {
        await using var host = await GatewayHost.StartAsync();
        var link = await LinkAsync(host);
        using var browser = host.Anonymous();
        var first = await browser.GetAsync(link);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        var second = await browser.GetAsync(link);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task P50_ALinkThatIsLateIsRefused()
    {
        await using var host = await GatewayHost.StartAsync();
        var link = await LinkAsync(host);
        host.Clock.Advance(TimeSpan.FromMinutes(11));
        using var browser = host.Anonymous();
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(link)).StatusCode);
    }

    [Fact]
    public async Task Cookie_ReadsFreely_ChangesOnlyWithThePagesToken()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, secret) = await SignInAsync(host, await host.SignedInAsync());
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/status")).StatusCode);
        var body = new { name = "x", scopes = new[] { "chat" } };
        await (await browser.PostAsJsonAsync("/api/keys", body)).ErrorAsync(HttpStatusCode.Forbidden, "csrf");
        browser.DefaultRequestHeaders.Add(DashboardSessions.CsrfHeader, new string('0', 64));
        await (await browser.PostAsJsonAsync("/api/keys", body)).ErrorAsync(HttpStatusCode.Forbidden, "csrf");
        browser.DefaultRequestHeaders.Remove(DashboardSessions.CsrfHeader);
        browser.DefaultRequestHeaders.Add(DashboardSessions.CsrfHeader, DashboardSessions.TokenFor(secret));
        Assert.Equal(HttpStatusCode.Created, (await browser.PostAsJsonAsync("/api/keys", body)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.PostAsync("/signout", null)).StatusCode);
        await (await browser.GetAsync("/api/status")).ErrorAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Session_OfALimitedKey_HasThatKeysRightsAndEndsWithIt()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, _) = await SignInAsync(host, await host.SignedInAsync(KeyScopes.Admin, "main"));
        await (await browser.GetAsync("/api/events?agent=other")).ErrorAsync(HttpStatusCode.NotFound, "agent_not_found");
        var id = (await host.Keys.ListAsync(default))[^1].Id;
        await host.Keys.RevokeAsync(id, default);
        await (await browser.GetAsync("/api/status")).ErrorAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Stream_OfADashboard_EndsWithItsSession()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, secret) = await SignInAsync(host, await host.SignedInAsync());
        using var stream = await SseReader.OpenAsync(browser, "/api/events");
        Assert.NotNull(await stream.FrameAsync());
        browser.DefaultRequestHeaders.Add(DashboardSessions.CsrfHeader, DashboardSessions.TokenFor(secret));
        await browser.PostAsync("/signout", null);
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await EndAsync(stream);
    }

    [Fact]
    public async Task Stream_OfADashboard_EndsWhenAnotherNodeEndedItsSession()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, secret) = await SignInAsync(host, await host.SignedInAsync());
        using var stream = await SseReader.OpenAsync(browser, "/api/events");
        Assert.NotNull(await stream.FrameAsync());
        Assert.True(await host.App.Services.GetRequiredService<ISignInStore>().EndAsync(secret, default));
        host.Clock.Advance(TimeSpan.FromSeconds(21));
        await EndAsync(stream);
    }

    // A stream that goes on is cut by the client's patience, which is a failure.
    private static async Task EndAsync(SseReader stream)
    {
        while (await stream.FrameAsync() is not null)
        {
        }
    }

    private static async Task<Uri> LinkAsync(GatewayHost host)
    {
        using var client = await host.SignedInAsync();
        return new Uri((await (await client.PostAsync("/api/signin-links", null)).JsonAsync()).Text("url"));
    }

    private static async Task<(HttpClient Browser, string Secret)> SignInAsync(GatewayHost host, HttpClient owner)
    {
        var link = (await (await owner.PostAsync("/api/signin-links", null)).JsonAsync()).Text("url");
        var browser = host.Anonymous();
        var cookie = (await browser.GetAsync(link)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        browser.DefaultRequestHeaders.Add("Cookie", cookie);
        return (browser, cookie.Split('=', 2)[1]);
    }
}
