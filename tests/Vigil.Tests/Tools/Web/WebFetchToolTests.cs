using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Web;

namespace Vigil.Tests.Tools.Web;

public sealed class WebFetchToolTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly FakeResolver _resolver = new();
    private readonly List<IHeaderDictionary> _seen = [];
    private readonly WebApplication _server;
    private WebFetchTool _tool = null!;
    private GuardedConnections _connections = null!;
    private int _port;

    public WebFetchToolTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    public async Task InitializeAsync()
    {
        await _server.StartAsync();
        _port = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _connections = new GuardedConnections(_resolver);
        _tool = new WebFetchTool(_connections, _time);
        _resolver.Names["public.test"] = _ => [IPAddress.Loopback];
        _resolver.Names["internal.test"] = _ => [IPAddress.Loopback];
    }

    public async Task DisposeAsync()
    {
        _connections.Dispose();
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Fetch_Html_IsReadableText()
    {
        var result = await FetchAsync("/page");
        Assert.False(result.IsError, result.Text);
        Assert.Contains("# Prices\nTea & coffee: 3 €", result.Text.ReplaceLineEndings("\n").Replace("\n\n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("alert", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_Json_IsPassedAsItIs() => Assert.Contains("{\"a\":1}", (await FetchAsync("/json")).Text, StringComparison.Ordinal);

    [Fact]
    public async Task Fetch_NoTextOrAnErrorStatus_IsAnError()
    {
        Assert.Contains("image/png", (await FetchAsync("/image")).Text, StringComparison.Ordinal);
        var missing = await FetchAsync("/missing");
        Assert.True(missing.IsError);
        Assert.Contains("status 404", missing.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/endless")]
    [InlineData("/bomb")]
    public async Task Fetch_EndlessOrSwellingBody_StopsAtTheCap(string path)
    {
        var result = await FetchAsync(path);
        Assert.Contains("[only the first 2000000 bytes were fetched]", result.Text, StringComparison.Ordinal);
        Assert.True(result.Text.Length < 25_000);
    }

    [Fact]
    public async Task Fetch_LongText_IsReadOnFromAnOffset()
    {
        var first = await FetchAsync("/long");
        Assert.Contains("[goes on; read from 19600]", first.Text, StringComparison.Ordinal);
        Assert.Contains("end of it", (await FetchAsync("/long", from: 19_600)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ServerThatHangs_IsGivenUp()
    {
        var fetch = FetchAsync("/hang");
        await _time.WaitingForAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(30));
        var result = await fetch;
        Assert.True(result.IsError);
        Assert.Contains("within 30 seconds", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_RunCancelled_GetsOut()
    {
        using var cancelled = new CancellationTokenSource();
        var fetch = FetchAsync("/hang", cancellationToken: cancelled.Token);
        await _time.WaitingForAsync(TimeSpan.FromSeconds(30));
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
    }

    [Theory]
    [InlineData("ftp://public.test/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("http://user:pass@public.test/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("http://")]
    public async Task Fetch_AddressOfAnotherKind_IsRefusedBeforeAnyLookUp(string url)
    {
        Assert.True((await CallAsync(url)).IsError);
        Assert.Empty(_resolver.Asked);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/page")]
    [InlineData("http://2130706433:{0}/page")]
    [InlineData("http://0x7f.1:{0}/page")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/page")]
    [InlineData("http://0.0.0.0:{0}/page")]
    [InlineData("http://internal.test:{0}/page")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    public async Task Fetch_PrivateAddressInAnyForm_IsRefusedWithoutAConnection(string url)
    {
        var result = await CallAsync(string.Format(null, url, _port));
        Assert.True(result.IsError);
        Assert.Contains("tools.allowPrivate", result.Text, StringComparison.Ordinal);
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task Fetch_NameWithOnePrivateAddressAmongPublicOnes_IsRefused()
    {
        _resolver.Names["mixed.test"] = _ => [IPAddress.Parse("93.184.216.34"), IPAddress.Loopback];
        Assert.Contains("tools.allowPrivate", (await CallAsync($"http://mixed.test:{_port}/page")).Text, StringComparison.Ordinal);
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task Fetch_RedirectToAPrivateName_IsRefused()
    {
        var result = await FetchAsync($"/to?http://internal.test:{_port}/page");
        Assert.True(result.IsError);
        Assert.Contains("'internal.test'", result.Text, StringComparison.Ordinal);
        Assert.Single(_seen);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://a:b@public.test/")]
    public async Task Fetch_RedirectToAnotherKind_IsRefused(string to)
    {
        var result = await FetchAsync($"/to?{to}");
        Assert.True(result.IsError);
        Assert.Single(_seen);
    }

    [Fact]
    public async Task Fetch_Redirects_AreFollowedFiveTimesAndCarryNoCookies()
    {
        Assert.False((await FetchAsync("/chain?5")).IsError);
        Assert.All(_seen, headers =>
        {
            Assert.False(headers.ContainsKey("Cookie"));
            Assert.False(headers.ContainsKey("Authorization"));
        });
        Assert.Contains("More than 5 redirects", (await FetchAsync("/chain?6")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_NameThatChangesItsAnswer_IsConnectedWhereItWasChecked()
    {
        // The first answer is allowed, every later one is not: a second look-up between check and connection would be refused or go elsewhere.
        _resolver.Names["rebind.test"] = count => [count == 1 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2")];
        var settings = new ToolsSettings { AllowPrivate = ["127.0.0.1"] };
        var first = await CallAsync($"http://rebind.test:{_port}/json", settings);
        Assert.False(first.IsError, first.Text);
        Assert.Equal(1, _resolver.Asked.Count(name => name == "rebind.test"));
        // The next call begins anew: nothing of the old connection or answer is reused.
        Assert.Contains("tools.allowPrivate", (await CallAsync($"http://rebind.test:{_port}/json", settings)).Text, StringComparison.Ordinal);
        Assert.Single(_seen);
    }

    [Fact]
    public async Task Fetch_AnotherAgentsPermission_IsNotInheritedByAConnection()
    {
        Assert.False((await FetchAsync("/json")).IsError);
        Assert.Contains("tools.allowPrivate", (await CallAsync($"http://public.test:{_port}/json")).Text, StringComparison.Ordinal);
        Assert.Single(_seen);
    }

    [Fact]
    public async Task Fetch_UnknownHost_SaysSo() => Assert.Contains("no such host", (await CallAsync("http://missing.test/")).Text, StringComparison.Ordinal);

    [Fact]
    public void Definition_ResultsAreFenced() => Assert.True(_tool.Definition.Outside);

    private Task<ToolResult> FetchAsync(string path, int from = 0, CancellationToken cancellationToken = default)
        => CallAsync($"http://public.test:{_port}{path}", new ToolsSettings { AllowPrivate = ["public.test"] }, from, cancellationToken);

    private Task<ToolResult> CallAsync(string url, ToolsSettings? settings = null, int from = 0, CancellationToken cancellationToken = default)
        => ToolBed.CallAsync(_tool, new { url, from }, ToolBed.Run(ToolBed.Profile(tools: settings)), cancellationToken);

    private async Task HandleAsync(HttpContext context)
    {
        lock (_seen)
            _seen.Add(context.Request.Headers);
        var query = Uri.UnescapeDataString(context.Request.QueryString.Value ?? "").TrimStart('?');
        context.Response.Headers.SetCookie = "session=1";
        switch (context.Request.Path.Value)
        {
            case "/page":
                context.Response.ContentType = "text/html; charset=iso-8859-15";
                await context.Response.Body.WriteAsync(
                    CodePagesEncodingProvider.Instance.GetEncoding("iso-8859-15")!.GetBytes("<title>Shop</title><script>alert('<p>')</script><h1>Prices</h1><p>Tea &amp; coffee: 3 €</p>"));
                break;
            case "/json":
                await context.Response.WriteAsJsonAsync(new { a = 1 });
                break;
            case "/image":
                context.Response.ContentType = "image/png";
                break;
            case "/endless":
                context.Response.ContentType = "text/plain";
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.WriteAsync(new string('x', 100_000), context.RequestAborted);
                break;
            case "/bomb":
                context.Response.ContentType = "text/plain";
                context.Response.Headers.ContentEncoding = "gzip";
                await using (var packed = new GZipStream(context.Response.Body, CompressionLevel.Fastest))
                {
                    for (var i = 0; i < 50; i++)
                        await packed.WriteAsync(new byte[1_000_000], context.RequestAborted);
                }
                break;
            case "/long":
                await context.Response.WriteAsync(new string('x', 25_000) + "end of it");
                break;
            case "/hang":
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "/to":
                context.Response.Redirect(query);
                break;
            case "/chain":
                var left = int.Parse(query, null);
                if (left > 0)
                    context.Response.Redirect($"/chain?{left - 1}");
                else
                    await context.Response.WriteAsync("arrived");
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private sealed class FakeResolver : IHostResolver
    {
        private int _count;

        public Dictionary<string, Func<int, IPAddress[]>> Names { get; } = [];

        public List<string> Asked { get; } = [];

        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
        {
            Asked.Add(host);
            return Names.TryGetValue(host, out var answer)
                ? Task.FromResult<IReadOnlyList<IPAddress>>(answer(++_count))
                : throw new SocketException((int)SocketError.HostNotFound);
        }
    }
}
