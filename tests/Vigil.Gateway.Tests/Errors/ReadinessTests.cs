using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Listening;
using Vigil.Gateway.Tests.Support;
using Vigil.Settings;

namespace Vigil.Gateway.Tests.Errors;

public sealed class ReadinessTests
{
    [Fact]
    public async Task P70_ReadyzIs503WhileTheSchedulerDoesNotPulseAndHealthzStays()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = host.Anonymous();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
        host.Pulse.Problem = "No pulse.";
        var response = await client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("No pulse.", (await response.JsonAsync()).Text("scheduler"));
        Assert.Equal("ok", (await (await client.GetAsync("/healthz")).JsonAsync()).Text("status"));
    }

    [Fact]
    public async Task EveryEndpoint_SaysWhatItAsksOfItsCaller()
    {
        await using var host = await GatewayHost.StartAsync();
        var silent = host.App.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<EndpointAccess>() is null)
            .Select(endpoint => endpoint.RoutePattern.RawText);
        Assert.Empty(silent);
    }

    [Theory]
    [InlineData("127.0.0.1", false, false, null)]
    [InlineData("::1", false, false, null)]
    [InlineData("localhost", false, false, null)]
    [InlineData("0.0.0.0", false, true, "bind_needs_key")]
    [InlineData("192.168.1.5", true, false, "bind_needs_tls")]
    [InlineData("0.0.0.0", true, true, null)]
    public void P48_AnyBindButLoopbackNeedsAKeyAndTlsOrAProxy(string bind, bool hasKey, bool proxy, string? code)
        => Assert.Equal(code, BindRule.Check(new GatewaySettings { Bind = bind, BehindProxy = proxy }, hasKey)?.Code);
}
