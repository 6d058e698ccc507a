using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Works;

public sealed class RunTests
{
    private static readonly object s_look = new { agent = "main", prompt = "Look." };

    [Fact]
    public async Task W20_WorksOfTwoAgentsAtOnce_HoldTheirOwnModelAndConversationAlone()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.Agents.Change = profile => profile with { Model = $"scripted/{profile.Id}" });
        host.Model.Client.Answer = request => [new TextContent($"I am {request.Model}.")];
        foreach (var agent in new[] { "main", "other" })
        {
            Directory.CreateDirectory(host.Home.Workspace(AgentId.Parse(agent)));
            await File.WriteAllTextAsync(Path.Combine(host.Home.Workspace(AgentId.Parse(agent)), "SOUL.md"), $"soul of {agent}");
        }
        foreach (var n in Enumerable.Range(0, 20))
            await host.AskAsync(new { agent = n % 2 == 0 ? "main" : "other", prompt = $"Prompt for {(n % 2 == 0 ? "main" : "other")}.", session = "talk", context = "main" });

        await host.EndedAsync(20);

        Assert.All(host.Model.Client.Requests, request =>
        {
            var text = string.Join('\n', request.Messages.Select(message => message.Text));
            var stranger = request.Model == "main" ? "other" : "main";
            Assert.Contains($"soul of {request.Model}", text, StringComparison.Ordinal);
            Assert.DoesNotContain(stranger, text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task W21_AGateThatSkips_CostsNothingAndSaysWhy()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.More = services => services.AddSingleton<IInputGate>(new InputGate(_ => new GateDecision.Skip("nothing-new"))));

        var work = await host.RunAsync(s_look);

        Assert.Empty(host.Model.Client.Requests);
        Assert.Equal((Outcome.Skipped, "nothing-new", 0), (work.Outcome, work.Reason, work.Usage.ModelCalls));
        var skipped = Assert.Single(await host.EventsAsync("work.skipped"));
        Assert.Equal(("nothing-new", "run"), (skipped.Payload.GetProperty("reason").GetString(), skipped.Source));
    }

    [Fact]
    public async Task W23_AGateThatThrows_FailsItsWorkByNameAndNoOther()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.More = services => services.AddSingleton<IInputGate>(
            new InputGate(context => context.Work.Prompt == "Break." ? throw new InvalidOperationException("boom") : GateDecision.Pass)));
        host.Model.Client.Enqueue("Done.");

        var broken = await host.RunAsync(new { agent = "main", prompt = "Break." });
        var sound = await host.RunAsync(s_look);

        Assert.Equal((Outcome.Failed, "gate-error"), (broken.Outcome, broken.Reason));
        Assert.Contains("test-gate", Assert.Single(await host.EventsAsync("work.error")).Payload.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(Outcome.Answered, sound.Outcome);
        Assert.Single(host.Model.Client.Requests);
    }

    [Fact]
    public async Task W24_SeveralGatesThatWouldRefuse_TheFirstInOrderDecidesEachTime()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.More = services => services
            .AddSingleton<IInputGate>(new InputGate(_ => new GateDecision.Skip("paused"), "third", 3))
            .AddSingleton<IInputGate>(new InputGate(_ => GateDecision.Pass, "first", 1))
            .AddSingleton<IInputGate>(new InputGate(_ => new GateDecision.Skip("disabled"), "second", 2)));

        foreach (var _ in Enumerable.Range(0, 3))
        {
            var work = await host.RunAsync(s_look);
            Assert.Equal("disabled", work.Reason);
            Assert.Equal([("first", "pass"), ("second", "skip")], work.Gates.Where(gate => gate.Gate is "first" or "second" or "third").Select(gate => (gate.Gate, gate.Decision)));
        }
    }

    [Fact]
    public async Task W25_NoModel_IsAReasonAndNotTheEnd()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.Agents.Change = profile => profile with { Model = null });
        var before = await host.RunAsync(s_look);

        host.Agents.Change = profile => profile;
        host.Model.Client.Enqueue("Done.");
        var after = await host.RunAsync(s_look);

        Assert.Equal((Outcome.Skipped, "no-model"), (before.Outcome, before.Reason));
        Assert.Equal(Outcome.Answered, after.Outcome);
    }

    [Fact]
    public async Task W34_EveryOutcome_HasOneTerminalEventAfterItsRequest()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.More = services => services.AddSingleton<IInputGate>(
            new InputGate(context => context.Work.Prompt == "Skip." ? new GateDecision.Skip("paused") : GateDecision.Pass)));
        var works = new List<AgentWork>();
        host.Model.Client.Enqueue("An answer.");
        works.Add(await host.RunAsync(s_look));
        host.Says("News.");
        works.Add(await host.RunAsync(new { agent = "main", prompt = "Speak.", notify = "gated" }));
        host.Model.Client.EnqueueFailure(ModelFailureKind.Auth);
        works.Add(await host.RunAsync(new { agent = "main", prompt = "Fail." }));
        works.Add(await host.RunAsync(new { agent = "main", prompt = "Skip." }));

        string[] terminal = ["work.done", "work.done", "work.error", "work.skipped"];
        foreach (var (work, type) in works.Zip(terminal))
        {
            var events = (await host.EventsAsync("work.")).Where(one => one.Work == work.Id).ToList();
            Assert.Equal("work.requested", events[0].Type);
            Assert.Equal(type, events[^1].Type);
            Assert.Single(events, one => one.Type is "work.done" or "work.error" or "work.skipped" or "work.cancelled");
            Assert.All(events, one => Assert.Equal(("main", "run"), (one.Agent, one.Source)));
        }
        Assert.Equal([Outcome.Answered, Outcome.Spoke, Outcome.Failed, Outcome.Skipped], works.Select(work => work.Outcome!.Value));
    }

    [Fact]
    public async Task AnErrorNobodyForesaw_EndsTheWorkFailedAtOnce()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(new InvalidOperationException("a bug of a provider"));

        var work = await host.RunAsync(s_look);

        Assert.Equal((Outcome.Failed, "model-error"), (work.Outcome, work.Reason));
        Assert.Contains("a bug of a provider", work.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W74_AModelThatHangs_EndsAtTheDeadlineAndFreesSessionAndSlot()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.Settings.Gateway = host.Settings.Gateway with { Work = host.Settings.Gateway.Work with { Slots = 1 } });
        host.Model.Client.EnqueueWhen(new TaskCompletionSource<string>().Task).Enqueue("Done.");
        var hung = (await host.AskAsync(new { agent = "main", prompt = "Hang.", session = "talk", deadline = "30s" })).Body.GetProperty("id").GetString()!;
        await host.Model.Client.NextAsync();
        var next = (await host.AskAsync(new { agent = "main", prompt = "Next.", session = "talk" })).Body.GetProperty("id").GetString()!;

        host.Advance(TimeSpan.FromSeconds(31));

        var failed = await host.EndAsync(hung);
        Assert.Equal((Outcome.Failed, "deadline"), (failed.Outcome, failed.Reason));
        Assert.Contains("30 s", failed.Error, StringComparison.Ordinal);
        Assert.Equal(Outcome.Answered, (await host.EndAsync(next)).Outcome);
    }

    [Fact]
    public async Task W76_W77_TheModelOfARequest_GoesWithItAloneAndTheWorkSaysWhoDecided()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueCall("current_time").Enqueue("Done.").Enqueue("Done.");

        var named = await host.RunAsync(new { agent = "main", prompt = "Look.", model = "scripted/special" });
        var plain = await host.RunAsync(s_look);

        Assert.Equal(["special", "special", "own"], host.Model.Client.Requests.Select(request => request.Model));
        Assert.Equal(("scripted/special", "request"), (named.Usage.ModelAsked, named.Usage.DecidedBy));
        Assert.Equal(("scripted/own", "agent"), (plain.Usage.ModelAsked, plain.Usage.DecidedBy));
    }

    [Fact]
    public async Task W79_AnotherModelThanAskedFor_IsAMismatchAndIsPricedAsTheOneUsed()
    {
        await using var host = await EngineHost.StartAsync(before: host => host.Settings.Current = host.Settings.Current with
        {
            Models = host.Settings.Current.Models with
            {
                Prices = new Dictionary<string, PriceSettings> { ["scripted/other"] = new() { Input = 1_000_000, Output = 0 }, ["scripted/own"] = new() { Input = 1, Output = 1 } },
            },
        });
        host.Model.Client.ModelId = "other";
        host.Model.Client.Enqueue("Done.");

        var work = await host.RunAsync(s_look);

        var shown = (await host.ShowAsync(work.Id)).GetProperty("model");
        Assert.Equal(("scripted/own", "scripted/other", true), (shown.GetProperty("asked").GetString(), shown.GetProperty("used").GetString(), shown.GetProperty("mismatch").GetBoolean()));
        Assert.Equal(10m, work.Usage.CostUsd);
    }
}
