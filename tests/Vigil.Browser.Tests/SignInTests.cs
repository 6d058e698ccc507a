using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.Browser.Tests.Support;
using Vigil.Keys;

namespace Vigil.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class SignInTests(BrowserFixture browser)
{
    [Fact]
    public async Task Stranger_AnyPage_LeadsToSignIn()
    {
        await using var visit = await browser.StrangerAsync();
        foreach (var path in new[] { "/", "/inbox", "/work", "/system", "/cost.csv" })
        {
            await visit.Page.GotoAsync(path);
            await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/signin$"));
        }
        Assert.Empty(await Axe.SeriousAsync(visit.Page));
    }

    [Fact]
    public async Task Key_SignsInAndSignOutEndsIt()
    {
        var key = await browser.Host.Get<IKeyStore>().AddAsync(new NewApiKey("laptop", KeyScopes.All), default);
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync("/signin");
        await visit.Page.GetByLabel("Or sign in with a key").FillAsync("vgl_wrong");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("That key does not work");
        await visit.Page.GetByLabel("Or sign in with a key").FillAsync(key.Plaintext);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Today · Vigil");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/signin$"));
        await visit.Page.GotoAsync("/");
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new Regex("/signin$"));
    }

    [Fact]
    public async Task KeyWithoutAdmin_IsToldWhatIsMissing()
    {
        var key = await browser.Host.Get<IKeyStore>().AddAsync(new NewApiKey("chatter", KeyScopes.Chat), default);
        await using var visit = await browser.StrangerAsync();
        await visit.Page.GotoAsync("/signin");
        await visit.Page.GetByLabel("Or sign in with a key").FillAsync(key.Plaintext);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("lacks the scope 'admin'")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Form_WithoutThePagesToken_IsRefused()
    {
        var (client, csrf) = await SignedInAsync();
        using (client)
        {
            var without = await client.PostAsync("/theme", new FormUrlEncodedContent([new("theme", "dark")]));
            Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);
            var wrong = await client.PostAsync("/theme", new FormUrlEncodedContent([new("theme", "dark"), new("csrf", new string('0', 64))]));
            Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
            var right = await client.PostAsync("/theme", new FormUrlEncodedContent([new("theme", "dark"), new("csrf", csrf), new("return", "//evil.example")]));
            Assert.Equal(HttpStatusCode.SeeOther, right.StatusCode);
            Assert.Equal("/", right.Headers.Location!.ToString());
        }
    }

    [Fact]
    public async Task Field_OpensNothingButTheDashboardsForms()
    {
        var (client, csrf) = await SignedInAsync();
        using (client)
            Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/api/backup", new FormUrlEncodedContent([new("csrf", csrf)]))).StatusCode);
    }

    [Fact]
    public async Task SignInForm_OfAnotherSite_IsRefused()
    {
        var key = await browser.Host.Get<IKeyStore>().AddAsync(new NewApiKey("other-site", KeyScopes.All), default);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = browser.Host.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("key", key.Plaintext)]) };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Link_FromAnotherSite_ComesAgainFromHereWithTheCookie()
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = browser.Host.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/work?agent=%22%3E%3Cscript%3E");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        var text = await (await client.SendAsync(request)).Content.ReadAsStringAsync();
        Assert.Contains("http-equiv=\"refresh\" content=\"0;url=/work?agent=", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assets_SameVersion_AreNotSentTwice()
    {
        using var client = new HttpClient { BaseAddress = browser.Host.Address };
        var first = await client.GetAsync("/assets/vigil.css");
        Assert.Equal("text/css", first.Content.Headers.ContentType!.MediaType);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/assets/vigil.css");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(again)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/assets/..%2fvigil.json")).StatusCode);
    }

    private async Task<(HttpClient Client, string Csrf)> SignedInAsync()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = browser.Host.Address };
        await client.GetAsync(await browser.Host.LinkAsync());
        var page = await client.GetStringAsync("/");
        return (client, Regex.Match(page, "name=\"csrf\" value=\"([0-9a-f]{64})\"").Groups[1].Value);
    }
}
