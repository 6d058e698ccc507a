using System.Net;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenAi;

public sealed class IdempotencyTests
{
    private const string Name = "Idempotency-Key";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task P51_TheSameRequestGetsItsStoredAnswerAlsoAfterARestart(bool stream)
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue("once upon");
        var body = ApiHost.Say("hi");
        body["stream"] = stream;
        var first = await host.ChatAsync(body, (Name, "k1"));
        var text = await first.Content.ReadAsStringAsync();
        await host.RestartAsync();
        var again = await host.ChatAsync(body, (Name, "k1"));
        Assert.Equal(text, await again.Content.ReadAsStringAsync());
        Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(first.Headers.GetValues("X-Vigil-Run").Single(), again.Headers.GetValues("X-Vigil-Run").Single());
        Assert.Single(host.Models.Requests);
    }

    [Fact]
    public async Task P52_P54_AnotherRequestUnderTheKeyIs409AndAnotherCallersKeyIsAnother()
    {
        await using var host = await ApiHost.StartAsync();
        await host.ChatAsync("hi", (Name, "k1"));
        var body = await (await host.ChatAsync("ho", (Name, "k1"))).ErrorAsync(HttpStatusCode.Conflict, "idempotency_conflict");
        Assert.Contains("body", body.Text("message"), StringComparison.Ordinal);
        var agent = await (await host.ChatAsync(ApiHost.Say("hi", "vigil/other"), (Name, "k1"))).ErrorAsync(HttpStatusCode.Conflict, "idempotency_conflict");
        Assert.Contains("agent", agent.Text("message"), StringComparison.Ordinal);
        var stranger = await host.PostAsync("/v1/chat/completions", ApiHost.Say("ho"), await host.NewKeyAsync(), [(Name, "k1")]);
        Assert.Equal(HttpStatusCode.OK, stranger.StatusCode);
        Assert.Equal(2, host.Models.Requests.Count);
    }

    [Fact]
    public async Task P53_WhatTheProviderFailedRunsAgain()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Fail(503), FakeModelReply.Say("now"));
        await (await host.ChatAsync("hi", (Name, "k1"))).ErrorAsync(HttpStatusCode.BadGateway, "provider_unavailable");
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync("hi", (Name, "k1"))).StatusCode);
    }

    [Fact]
    public async Task P58_ACallerThatHungUpFindsItsAnswerWithoutASecondCall()
    {
        await using var host = await ApiHost.StartAsync();
        var release = new TaskCompletionSource();
        host.Models.Enqueue(FakeModelReply.Stall(release.Task, "kept"));
        using var gone = new CancellationTokenSource();
        var sending = host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), null, [(Name, "k1")], gone.Token);
        await host.Models.NextAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        var again = host.ChatAsync("hi", (Name, "k1"));
        release.SetResult();
        Assert.Contains("kept", await (await again).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(host.Models.Requests);
    }
}
