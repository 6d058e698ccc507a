using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Cron;

/// <summary>Sessions, models, tools and policies of scheduled runs; retries and giving up.</summary>
public sealed class RunTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task C28_C29_RunsAreTheAgentsOwnAndEachHasAFreshSession()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("The secret word is plum.").Enqueue("Done.");
        await host.AddAsync(new { every = "1h" }, more: body => body["agent"] = "other");
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        await host.PulseAsync(s_hour);
        var works = await host.EndedAsync(2);
        Assert.All(works, work => Assert.StartsWith("agent:other:cron:", work.Session.Value, StringComparison.Ordinal));
        Assert.NotEqual(works[0].Session, works[1].Session);
        Assert.DoesNotContain(host.Model.Client.Requests[1].Messages, message => message.Text.Contains("plum", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A68_AScheduleWhoseAgentIsGone_RunsAsNobodyElseAndIsDisabledWithOneNotice()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { every = "1h" }, more: body => body["agent"] = "other");
        host.Agents.Gone.Add("other");
        await host.PulseAsync(s_hour);
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal((Outcome.Failed, Reasons.AgentRemoved, "other"), (work.Outcome, work.Reason, work.Agent.Value));
        await host.PulseAsync();
        await host.PulseAsync(s_hour);
        Assert.Equal("disabled", (await host.ShowAsync()).Text("state"));
        Assert.Contains("its agent other is gone", Assert.Single(await host.InboxAsync()).Text, StringComparison.Ordinal);
        Assert.Single(await host.EventsAsync("schedule.disabled"));
        Assert.Single(await host.WorksAsync());
        Assert.Empty(host.Model.Client.Requests);
    }

    [Fact]
    public async Task C30_ANamedSessionIsContinued()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("The word is plum.").Enqueue("Still plum.");
        await host.AddAsync(new { every = "1h" }, more: body => body["session"] = "fruit");
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        await host.PulseAsync(s_hour);
        await host.EndedAsync(2);
        Assert.Contains(host.Model.Client.Requests[1].Messages, message => message.Text.Contains("The word is plum.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task C31_WhileAPersonsTurnGoesOnTheRunWaitsAndIsNotMixedIn()
    {
        await using var host = await EngineHost.StartAsync();
        var answer = new TaskCompletionSource<string>();
        host.Model.Client.EnqueueWhen(answer.Task).Enqueue("Aside.").Enqueue("The report.");
        await host.AddAsync(new { at = "in 2s" }, "aside");
        await host.AddAsync(new { at = "in 2s" }, more: body => body["session"] = "agent:main:api:talk");
        var chat = ChatAsync(host, "How are you?", "talk");
        await host.Model.Client.NextAsync();
        await host.PulseAsync(TimeSpan.FromSeconds(2));
        // The one beside it shows that the runner has looked.
        await host.EndedAsync(1);
        Assert.Equal("waiting", Assert.Single(await host.HistoryAsync()).Text("state"));
        Assert.Equal(2, host.Model.Client.Requests.Count);

        answer.SetResult("Fine.");
        await chat;
        await host.UntilAsync(host.WorksAsync, works =>
        {
            host.Advance(TimeSpan.FromSeconds(1));
            return works.All(work => work.State == WorkState.Finished);
        });
        var after = host.Model.Client.Requests[2].Messages.Select(message => message.Text).ToList();
        Assert.True(after.FindIndex(text => text.Contains("Fine.", StringComparison.Ordinal)) < after.FindIndex(text => text.Contains("Do the report.", StringComparison.Ordinal)));
        Assert.DoesNotContain(host.Model.Client.Requests[0].Messages, message => message.Text.Contains("report", StringComparison.Ordinal));
    }

    [Fact]
    public async Task C59_ARunThatHangsHoldsUpNoOtherAndEndsAtItsDeadline()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.Settings.Gateway = host.Settings.Gateway with { Work = host.Settings.Gateway.Work with { Slots = 2 } });
        host.Model.Client.Answer = _ => [new TextContent("Done.")];
        host.Model.Client.EnqueueWhen(new TaskCompletionSource<string>().Task);
        await host.AddAsync(new { at = "in 1h" }, "hangs", body => body["deadline"] = "5m");
        await host.PulseAsync(s_hour);
        await host.Model.Client.NextAsync();
        foreach (var name in new[] { "one", "two", "three" })
            await host.AddAsync(new { at = "in 1m" }, name);
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        var works = await host.EndedAsync(3);
        Assert.Equal(WorkState.Running, works.Single(work => work.DueAt == works.Min(one => one.DueAt)).State);
        Assert.All(works.Where(work => work.State == WorkState.Finished), work => Assert.Equal((Outcome.Spoke, work.DueAt), (work.Outcome, work.StartedAt)));

        host.Advance(TimeSpan.FromMinutes(4));
        var hung = (await host.EndedAsync(4)).Single(work => work.Outcome == Outcome.Failed);
        Assert.Equal((Reasons.Deadline, "hangs"), (hung.Reason, hung.Metadata["schedule"]!.GetValue<string>()));
        foreach (var name in new[] { "four", "five" })
            await host.AddAsync(new { at = "in 1m" }, name);
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(5, (await host.EndedAsync(6)).Count(work => work.Outcome == Outcome.Spoke));
    }

    [Fact]
    public async Task C32_ASessionOfAnotherAgentIsRefusedAtRunTimeToo()
    {
        await using var host = await EngineHost.StartAsync();
        var id = (await host.AddAsync(new { every = "1h" })).Text("id");
        await host.Get<Vigil.Cron.IScheduleStore>().ChangeAsync(id, schedule => schedule with { Session = "agent:other:main" }, _ => new(host.Clock.GetUtcNow(), "test", "test"), default);
        await host.PulseAsync(s_hour);
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal(Outcome.Failed, work.Outcome);
        Assert.Contains("belongs to another agent", work.Error, StringComparison.Ordinal);
        Assert.Empty(host.Model.Client.Requests);
    }

    [Fact]
    public async Task C33_C34_ItsOwnModelIsAskedAndNoOtherWhenItFails()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(ModelFailureKind.Auth, "the key was refused");
        await host.AddAsync(new { every = "1h" }, more: body => body["model"] = "scripted/special");
        await host.PulseAsync(s_hour);
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal(Outcome.Failed, work.Outcome);
        Assert.Equal("special", Assert.Single(host.Model.Client.Requests).Model);
        Assert.Equal("scripted/own", host.Agents.Find(AgentId.Main).Profile!.Model);
    }

    [Fact]
    public async Task C36_OnlyTheListedToolsAreOfferedBesidesNotifyUser()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.").Enqueue("Done.");
        await host.AddAsync(new { every = "1h" }, "some", body => body["tools"] = new JsonArray("current_time"));
        await host.AddAsync(new { every = "2h" }, "none", body => body["tools"] = new JsonArray());
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        Assert.Equal(["current_time", "notify_user"], Offered(host, 0));
        host.Model.Client.Enqueue("Done.");
        await host.PulseAsync(s_hour);
        await host.EndedAsync(3);
        Assert.Contains(host.Model.Client.Requests.Skip(1), request => Names(request.Options).SequenceEqual(["notify_user"]));
    }

    [Fact]
    public async Task C38_AScheduledRunIsOfferedNoToolThatMakesSchedules()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.");
        await host.AddAsync(new { every = "1h" });
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        Assert.DoesNotContain(Offered(host, 0), name => name.Contains("schedule", StringComparison.Ordinal) || name.Contains("cron", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("always", "The report.", "Spoke", null, 1)]
    [InlineData("gated", "The report.", "Silent", "ack", 0)]
    [InlineData("silent", "The report.", "Silent", "ack", 0)]
    [InlineData("always", "NO_REPLY", "Silent", "ack", 0)]
    [InlineData("always", "A long report that mentions HEARTBEAT_OK and NO_REPLY.", "Spoke", null, 1)]
    [InlineData("always", "", "Failed", "empty", 0)]
    [InlineData("gated", "", "Silent", "empty", 0)]
    public async Task C46_C47_C49_C50_ThePolicyDecidesWhetherTheReplyIsSaid(string policy, string reply, string outcome, string? reason, int inbox)
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue(reply);
        await host.AddAsync(new { every = "1h" }, more: body => body["notify"] = policy);
        await host.PulseAsync(s_hour);
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal((outcome, reason), (work.Outcome.ToString(), work.Reason));
        Assert.Equal(inbox, (await host.InboxAsync()).Count);
    }

    [Fact]
    public async Task C41_TargetNoneLeavesNoInboxEntryAndKeepsTheReplyWithTheWork()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["deliver"] = "none");
        await host.PulseAsync(s_hour);
        Assert.Equal("The report.", Assert.Single(await host.EndedAsync(1)).Reply);
        Assert.Empty(await host.InboxAsync());
    }

    [Fact]
    public async Task C61_ATransientFailureIsRetriedAsTheSameWorkThreeTimes()
    {
        await using var host = await EngineHost.StartAsync();
        for (var i = 0; i < 4; i++)
            host.Model.Client.EnqueueFailure(ModelFailureKind.Overloaded);
        await host.AddAsync(new { at = "in 1h" });
        await host.PulseAsync(s_hour);
        foreach (var (attempt, wait) in new[] { (1, 30), (2, 60), (3, 300) })
        {
            var waiting = await host.UntilAsync(host.WorksAsync, works => works.Single() is { State: WorkState.Waiting } one && one.Attempt == attempt);
            Assert.Equal(host.Clock.GetUtcNow().AddSeconds(wait), waiting.Single().DueAt);
            host.Advance(TimeSpan.FromSeconds(wait + 1));
        }
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal((Outcome.Failed, 4), (work.Outcome!.Value, work.Attempt));
        Assert.Equal(4, host.Model.Client.Requests.Count);
    }

    [Fact]
    public async Task C61_TheProvidersRetryAfterIsKept()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(ModelFailureKind.Rate, retryAfter: TimeSpan.FromSeconds(90)).Enqueue("Done.");
        await host.AddAsync(new { at = "in 1h" });
        await host.PulseAsync(s_hour);
        await host.UntilAsync(host.WorksAsync, works => works.Single() is { State: WorkState.Waiting, Attempt: 1 });
        Assert.Equal(host.Clock.GetUtcNow().AddSeconds(90), (await host.WorksAsync())[0].DueAt);
        host.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(Outcome.Spoke, Assert.Single(await host.EndedAsync(1)).Outcome);
    }

    [Fact]
    public async Task C62_APermanentFailureOfAOneShotIsToldAtOnceAndStaysListed()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(ModelFailureKind.Auth, "the key was refused");
        await host.AddAsync(new { at = "in 1h" });
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        await host.PulseAsync(TimeSpan.FromSeconds(1));
        Assert.Contains("the key was refused", Assert.Single(await host.InboxAsync()).Text, StringComparison.Ordinal);
        Assert.Equal("failed", (await host.ShowAsync()).Text("state"));
        Assert.Single(host.Model.Client.Requests);
    }

    [Fact]
    public async Task C60_AOneShotThatEndedWellNeverFiresAgainAndIsListedUnderAll()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Tea.");
        await host.AddAsync(new { at = "in 1h" });
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        for (var i = 0; i < 3; i++)
            await host.PulseAsync(s_hour);
        Assert.Single(await host.WorksAsync());
        Assert.Equal(0, (await host.Http.GetFromJsonElementAsync("/api/cron")).GetProperty("items").GetArrayLength());
        var listed = (await host.Http.GetFromJsonElementAsync("/api/cron?all=true")).GetProperty("items")[0];
        Assert.Equal(("ended", "spoke"), (listed.Text("state"), listed.Text("lastOutcome")));
    }

    [Fact]
    public async Task C63_ASlotTakesThePlaceOfAWaitingRetry()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(ModelFailureKind.Network, retryAfter: TimeSpan.FromMinutes(10)).Enqueue("Done.");
        await host.AddAsync(new { every = "5m" });
        await host.PulseAsync(TimeSpan.FromMinutes(5));
        await host.UntilAsync(host.WorksAsync, works => works.Single() is { State: WorkState.Waiting, Attempt: 1 });
        await host.PulseAsync(TimeSpan.FromMinutes(5));
        var works = await host.EndedAsync(2);
        Assert.Equal((Outcome.Cancelled, "superseded"), (works[0].Outcome!.Value, works[0].Reason));
        Assert.Equal(Outcome.Spoke, works[1].Outcome);
        Assert.Equal(TimeSpan.FromMinutes(5), works[1].Slot - works[0].Slot);
    }

    [Fact]
    public async Task C64_C65_TenFailuresDisableItWithOneNoticeAndOneMoreWhenItWorksAgain()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { every = "1h" });
        for (var i = 1; i <= 10; i++)
        {
            host.Model.Client.EnqueueFailure(ModelFailureKind.Auth, "the key was refused");
            await host.PulseAsync(s_hour);
            await host.EndedAsync(i);
            Assert.Empty(await host.InboxAsync());
        }
        await host.PulseAsync(TimeSpan.FromSeconds(1));
        var disabled = await host.ShowAsync();
        Assert.Equal(("disabled", "auto-disabled", 10), (disabled.Text("state"), disabled.Text("disabledReason"), disabled.GetProperty("failures").GetInt32()));
        Assert.Contains("failed 10 times in a row", Assert.Single(await host.InboxAsync()).Text, StringComparison.Ordinal);

        await host.PulseAsync(s_hour * 5);
        Assert.Equal(10, (await host.WorksAsync()).Count);

        var enabled = await host.PostAsync("/api/cron/report/enable");
        Assert.Equal(0, enabled.Body.GetProperty("failures").GetInt32());
        await using var restarted = await host.RestartAsync(TimeSpan.Zero, next => next.Model.Client.Enqueue("Done."));
        await restarted.PulseAsync(s_hour);
        await restarted.EndedAsync(11);
        await restarted.PulseAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(3, (await restarted.InboxAsync()).Count);
        Assert.Single(await restarted.InboxAsync(), note => note.Text.EndsWith("works again.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task C64_EnabledAndFailingAgain_TheOwnerHearsThatItIsDisabledAgain()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { every = "1h" });
        for (var i = 1; i <= 20; i++)
        {
            host.Model.Client.EnqueueFailure(ModelFailureKind.Auth, "the key was refused");
            await host.PulseAsync(s_hour);
            await host.EndedAsync(i);
            if (i % 10 > 0)
                continue;
            await host.PulseAsync(TimeSpan.FromSeconds(1));
            Assert.Equal("disabled", (await host.ShowAsync()).Text("state"));
            Assert.Equal(i / 10, (await host.InboxAsync()).Count(note => note.Text.Contains("failed 10 times in a row", StringComparison.Ordinal)));
            await host.PostAsync("/api/cron/report/enable");
        }
    }

    [Fact]
    public async Task C64_SkippedWorksNeitherAddToTheCountNorResetIt()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(ModelFailureKind.Auth).EnqueueFailure(ModelFailureKind.Auth);
        await host.AddAsync(new { every = "1h" });
        await host.PulseAsync(s_hour);
        await host.EndedAsync(1);
        host.Agents.Change = profile => profile with { Model = null };
        await host.PulseAsync(s_hour);
        Assert.Equal(Outcome.Skipped, (await host.EndedAsync(2))[1].Outcome);
        host.Agents.Change = profile => profile;
        await host.PulseAsync(s_hour);
        await host.EndedAsync(3);
        await host.PulseAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await host.ShowAsync()).GetProperty("failures").GetInt32());
    }

    private static IReadOnlyList<string> Offered(EngineHost host, int request) => Names(host.Model.Client.Requests[request].Options);

    private static IReadOnlyList<string> Names(ChatOptions? options) => [.. (options?.Tools ?? []).Select(tool => tool.Name)];

    private static async Task ChatAsync(EngineHost host, string text, string session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = "vigil/main", messages = new[] { new { role = "user", content = text } } }),
            Headers = { { "X-Vigil-Session-Id", session } },
        };
        using var response = await host.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
