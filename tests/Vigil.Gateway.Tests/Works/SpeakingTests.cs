using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Tests.Support;
using Vigil.Heartbeat;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Works;

public sealed class SpeakingTests
{
    private static readonly object s_gated = new { agent = "main", prompt = "Look.", notify = "gated", deliver = "owner" };
    private static readonly object s_always = new { agent = "main", prompt = "Report.", notify = "always", deliver = "owner" };

    [Fact]
    public async Task W39_WhatTheToolSaid_IsSaidAndTheFreeTextIsNot()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        host.Says("Text A.", reply: "Text B.");

        var work = await host.RunAsync(s_gated);
        await channel.NextAsync();

        Assert.Equal((Outcome.Spoke, "Text B."), (work.Outcome, work.Reply));
        Assert.Equal(["Text A."], (await host.InboxAsync()).Select(one => one.Text));
        Assert.Equal(["Text A."], channel.Texts);
        Assert.Single(await host.EventsAsync("notification.posted"));
    }

    [Theory]
    [InlineData("Everything is fine here.")]
    [InlineData("STATUS: CHAT_YES\nREASON: news\nCONTENT: Buy milk.")]
    [InlineData("HEARTBEAT_OK")]
    public async Task W40_W43_TextWithoutACall_ReachesNobodyAndIsKept(string reply)
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue(reply);

        var work = await host.TaskAsync();

        Assert.Equal((Outcome.Silent, "ack"), (work.Outcome, work.Reason));
        Assert.Empty(await host.InboxAsync());
        Assert.Equal(reply, (await host.ShowAsync(work.Id)).GetProperty("reply").GetString());
    }

    [Fact]
    public async Task W41_BlankWords_AreNoWords()
    {
        await using var host = await EngineHost.StartAsync();
        host.Says("  \n ");

        var work = await host.RunAsync(s_gated);

        Assert.Equal((Outcome.Silent, "empty"), (work.Outcome, work.Reason));
        Assert.Empty(await host.InboxAsync());
    }

    [Fact]
    public async Task W42_ABadCall_IsAnsweredWithItsFieldAndTheCorrectedOneCounts()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client
            .EnqueueCall("notify_user", new Dictionary<string, object?> { ["urgency"] = "low" })
            .EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "News.", ["urgency"] = "asap" });
        host.Says("News.", urgency: "low");

        await host.RunAsync(s_gated);

        Assert.Contains("text", Result(host, 1), StringComparison.Ordinal);
        Assert.Contains("urgency", Result(host, 2), StringComparison.Ordinal);
        Assert.Equal(Urgency.Low, Assert.Single(await host.InboxAsync()).Urgency);
    }

    [Theory]
    [InlineData("NO_REPLY", 0)]
    [InlineData("HEARTBEAT_OK", 0)]
    [InlineData("The build prints [SILENT] and HEARTBEAT_OK again.", 1)]
    public async Task W44_AProtocolWordAlone_IsSilence_InASentenceItIsNot(string text, int said)
    {
        await using var host = await EngineHost.StartAsync();
        host.Says(text);

        await host.RunAsync(s_gated);

        Assert.Equal(said, (await host.InboxAsync()).Count);
    }

    [Fact]
    public async Task W45_TheResultOfACall_NeverPromisesThatThePersonHasIt()
    {
        await using var host = await EngineHost.StartAsync();
        host.Says("News.");

        await host.RunAsync(s_gated);

        var result = Result(host, 1);
        Assert.Contains("taken", result, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("delivered", result, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("was sent", result, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task W46_Always_SaysTheReplyUnlessTheToolSaidSomething()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("The report.");
        await host.RunAsync(s_always);
        host.Says("By the tool.", reply: "By the reply.");
        await host.RunAsync(s_always);

        Assert.Equal(["By the tool.", "The report."], (await host.InboxAsync()).Select(one => one.Text).Order());
    }

    [Fact]
    public async Task W47_AnApiWorkWithoutAPolicy_AnswersItsCallerAndPostsNothing()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("The answer.").Enqueue("The answer.");

        var plain = await host.RunAsync(new { agent = "main", prompt = "Report." });
        Assert.Empty(await host.InboxAsync());
        await host.RunAsync(new { agent = "main", prompt = "Report.", notify = "always" });

        Assert.Equal((Outcome.Answered, "The answer."), (plain.Outcome, plain.Reply));
        Assert.Equal("The answer.", Assert.Single(await host.InboxAsync()).Text);
    }

    [Fact]
    public async Task W48_ASubAgent_IsNotOfferedToSpeakAndAnswersItsParent()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueCall("spawn", new Dictionary<string, object?> { ["prompt"] = "Find out." }).Enqueue("Found.").Enqueue("Done.");

        var running = host.TaskAsync();
        while (!running.IsCompleted)
        {
            // The parent looks for its child's end by the clock.
            host.Clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }
        var work = await running;

        Assert.Equal(Outcome.Silent, work.Outcome);
        var child = host.Model.Client.Requests[1];
        Assert.DoesNotContain("notify_user", (child.Options?.Tools ?? []).Select(tool => tool.Name));
        Assert.Contains("Found.", Result(host, 2), StringComparison.Ordinal);
        Assert.Empty(await host.InboxAsync());
    }

    [Fact]
    public async Task W49_WhatWasSaidBeforeAFailure_IsSaidOnceAndTheFailureIsShown()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "The house is on fire." }).EnqueueFailure(ModelFailureKind.Auth, "refused");

        var work = await host.RunAsync(s_gated);

        Assert.Equal((Outcome.Failed, "model-error"), (work.Outcome, work.Reason));
        Assert.Equal("The house is on fire.", Assert.Single(await host.InboxAsync()).Text);
        Assert.Single(await host.EventsAsync("work.error"));
        Assert.Single(await host.EventsAsync("notification.posted"));
    }

    [Fact]
    public async Task W36_ARewrittenText_StandsBesideTheRawReply()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.More = services => services.AddSingleton<IOutputGate>(
            new OutputGate(context => new GateDecision.Rewrite(context.Draft.Text.ToUpperInvariant(), "louder"))));
        host.Says("News.", reply: "I told them.");

        var work = await host.RunAsync(s_gated);

        var shown = await host.ShowAsync(work.Id);
        Assert.Equal("NEWS.", Assert.Single(await host.InboxAsync()).Text);
        Assert.Equal("I told them.", shown.GetProperty("reply").GetString());
        Assert.Contains("News.", shown.GetProperty("attempts").ToString(), StringComparison.Ordinal);
        Assert.Equal(("scripted/own", 2), (shown.GetProperty("model").GetProperty("used").GetString(), shown.GetProperty("usage").GetProperty("modelCalls").GetInt32()));
    }

    [Fact]
    public async Task W61_AnOutputGateThatThrows_FailsTheWorkAndSaysNothing()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            channel = host.AddChannel();
            host.More += services => services.AddSingleton<IOutputGate>(new OutputGate(_ => throw new InvalidOperationException("boom")));
        });
        host.Says("News.");

        var work = await host.RunAsync(s_gated);

        Assert.Equal((Outcome.Failed, "gate-error"), (work.Outcome, work.Reason));
        Assert.Single(await host.EventsAsync("work.error"));
        Assert.Empty(channel.Texts);
        Assert.Contains("News.", (await host.ShowAsync(work.Id)).ToString(), StringComparison.Ordinal);
    }

    private static string Result(EngineHost host, int request)
        => host.Model.Client.Requests[request].Messages.Last(message => message.Role == ChatRole.Tool).Contents.OfType<FunctionResultContent>().Last().Result?.ToString() ?? "";
}
