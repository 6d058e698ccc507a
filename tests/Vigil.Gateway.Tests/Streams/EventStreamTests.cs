using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.Streams;

public sealed class EventStreamTests
{
    [Fact]
    public async Task P66_SeveralReadersEachGetAllWithRisingIds()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        using var one = await SseReader.OpenAsync(client, "/api/events?after=0");
        using var two = await SseReader.OpenAsync(client, "/api/events?after=0");
        var ids = new List<long>();
        for (var i = 0; i < 20; i++)
            ids.Add(await host.AppendAsync("work.done", "main"));
        foreach (var reader in new[] { one, two })
            foreach (var id in ids)
            {
                var seen = await reader.EventAsync();
                Assert.Equal(id.ToString(null as IFormatProvider), seen!.Id);
                Assert.Equal("work.done", seen.Type);
                Assert.Equal(id, JsonDocument.Parse(seen.Data).RootElement.GetProperty("id").GetInt64());
            }
    }

    [Fact]
    public async Task P67_AReaderThatReturnsContinuesWithTheVeryNextEvent()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        for (var i = 0; i < 5; i++)
            await host.AppendAsync("work.done", "main");
        using var byHeader = await SseReader.OpenAsync(client, "/api/events?after=1", lastEventId: "3");
        Assert.Equal("4", (await byHeader.EventAsync())!.Id);
        using var byQuery = await SseReader.OpenAsync(client, "/api/events?after=2");
        Assert.Equal("3", (await byQuery.EventAsync())!.Id);
        using var live = await SseReader.OpenAsync(client, "/api/events");
        Assert.Equal(": open", await live.FrameAsync());
        Assert.Equal("id: 5", await live.FrameAsync());
        await host.AppendAsync("work.done", "main");
        Assert.Equal("6", (await live.EventAsync())!.Id);
    }

    [Fact]
    public async Task P67_WhenEventsAreNoLongerKeptTheFirstThingSaysSo()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        for (var i = 0; i < 10; i++)
            await host.AppendAsync("work.done", "main");
        await host.Events.PruneAsync(DateTimeOffset.MinValue, 4, default);
        using var reader = await SseReader.OpenAsync(client, "/api/events?after=2");
        var gap = await reader.EventAsync();
        Assert.Equal("gap", gap!.Type);
        Assert.Equal(7, JsonDocument.Parse(gap.Data).RootElement.GetProperty("oldest").GetInt64());
        Assert.Equal("7", (await reader.EventAsync())!.Id);
    }

    [Fact]
    public async Task P67_AnIdOfAnotherLifeOfTheLogIsAGapTooAndTheStreamGoesOn()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        await host.AppendAsync("work.done", "main");
        using var reader = await SseReader.OpenAsync(client, "/api/events?after=99");
        var gap = await reader.EventAsync();
        Assert.Equal(("gap", "1"), (gap!.Type, gap.Id));
        await host.AppendAsync("work.done", "main");
        Assert.Equal("2", (await reader.EventAsync())!.Id);
    }

    [Fact]
    public async Task P69_AQuietStreamGetsComments()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        using var reader = await SseReader.OpenAsync(client, "/api/events?after=0");
        Assert.Equal(": open", await reader.FrameAsync());
        var next = reader.FrameAsync();
        while (!next.IsCompleted)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal(": quiet", await next);
    }

    [Fact]
    public async Task P69_P71_AtShutdownStreamsAreClosedAndNewRequestsAre503WhileRunningOnesEnd()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var host = await GatewayHost.StartAsync(app => app.MapGet("/test/slow", async () =>
        {
            entered.SetResult();
            await release.Task;
            return "done";
        }).WithMetadata(new Vigil.Gateway.Auth.EndpointAccess(true, Vigil.Keys.KeyScopes.None)));
        using var client = await host.SignedInAsync();
        using var reader = await SseReader.OpenAsync(client, "/api/events?after=0");
        Assert.Equal(": open", await reader.FrameAsync());
        var slow = client.GetStringAsync("/test/slow");
        await entered.Task;
        var stopped = host.App.StopAsync();
        Assert.Null(await reader.FrameAsync());
        var refused = await client.GetAsync("/api/status");
        await refused.ErrorAsync(System.Net.HttpStatusCode.ServiceUnavailable, "stopping");
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/readyz")).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        release.SetResult();
        Assert.Equal("done", await slow);
        await stopped;
    }

    [Fact]
    public async Task Filter_ByTypeAndWork_ShowsOnlyThose()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        await host.AppendAsync("work.done", "main", "wrk_1");
        await host.AppendAsync("notification.posted", "main", "wrk_1");
        await host.AppendAsync("work.done", "main", "wrk_2");
        using var byType = await SseReader.OpenAsync(client, "/api/events?after=0&type=notification.");
        Assert.Equal("2", (await byType.EventAsync())!.Id);
        using var byWork = await SseReader.OpenAsync(client, "/api/events?after=0&work=wrk_2");
        Assert.Equal("3", (await byWork.EventAsync())!.Id);
        await (await client.GetAsync("/api/events?after=x")).ErrorAsync(System.Net.HttpStatusCode.BadRequest, "bad_parameter");
        var error = await (await client.GetAsync("/api/events?agnet=main")).ErrorAsync(System.Net.HttpStatusCode.BadRequest, "unknown_parameter");
        Assert.Equal("Did you mean 'agent'?", error.Text("hint"));
    }
}
