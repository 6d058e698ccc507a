using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Tests.Support;
using Vigil.Ledger;
using Vigil.Settings;
using Vigil.Testing.Models;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Agents;

/// <summary>Nothing of one agent shows in what another one does: all is judged by what reaches the provider.</summary>
public sealed class IsolationTests
{
    private const string FileTools = """ "tools": { "allow": ["read_file", "write_file", "memory_write"] } """;

    private static readonly string[] s_people = ["ann", "bob", "carl", "dora"];

    [Fact]
    public async Task A10_A16_A20_FortyTurnsAtOnce_EachRequestIsOfOneAgentAlone()
    {
        await using var host = await StartAsync();
        // The first replies wait until all four agents have asked, so that turns really overlap.
        var seen = new ConcurrentDictionary<string, bool>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Models.Answer = request =>
        {
            seen[request.Model] = true;
            if (seen.Count == s_people.Length)
                all.TrySetResult();
            return request.BringsToolResults ? FakeModelReply.Say("done") : FakeModelReply.Call("read_file", """{ "path": "own.md" }""") with { Hold = all.Task };
        };
        var turns = Enumerable.Range(0, 40).Select(async number =>
        {
            using var answer = await host.ChatAsync(ApiHost.Say("Hello", $"vigil/{s_people[number % 4]}"), ("X-Vigil-Session-Id", $"s{number}"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        });
        await Task.WhenAll(turns);
        Assert.Equal(80, host.Models.Requests.Count);
        foreach (var request in host.Models.Requests)
        {
            var who = request.Model["model-".Length..];
            Assert.Equal($"key-of-{who}", request.Key);
            Assert.Contains($"soul-of-{who}", request.SystemText, StringComparison.Ordinal);
            Assert.True(!request.BringsToolResults || request.Body.Contains($"file-of-{who}", StringComparison.Ordinal));
            Assert.All(s_people.Where(other => other != who), other => Assert.DoesNotContain($"-of-{other}", request.Body, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A12_A14_AnothersFilesAndSecrets_CannotBeReadByAnyPath()
    {
        await using var host = await StartAsync();
        var ann = AgentId.Parse("ann");
        string[] paths =
        [
            "../../ann/workspace/own.md", Path.Combine(host.Home.Workspace(ann), "own.md"), "../../../secrets/ann/model.key",
            Path.Combine(host.Home.AgentSecrets(ann), "model.key"), "../agent.json", "../../../vigil.json", "link.md",
        ];
        File.CreateSymbolicLink(Path.Combine(host.Home.Workspace(AgentId.Parse("bob")), "link.md"), Path.Combine(host.Home.AgentSecrets(ann), "model.key"));
        host.Models.Answer = request => request.BringsToolResults
            ? FakeModelReply.Say("done")
            : new FakeModelReply { ToolCalls = [.. paths.Select((path, i) => new FakeToolCall("read_file", new JsonObject { ["path"] = path }.ToJsonString(), $"call_{i}"))] };
        using var answer = await host.ChatAsync(ApiHost.Say("Read", "vigil/bob"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var results = host.Models.Requests[^1];
        Assert.Equal(paths.Length, results.Messages.Count(message => message.Text("role") == "tool"));
        Assert.DoesNotContain("-of-ann", results.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of", results.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:../ann/model.key")]
    [InlineData("file:ann/model.key")]
    public async Task A14_SettingsThatReferToAnothersSecret_AreRefusedAndTheValueShowsNowhere(string reference)
    {
        await using var host = await StartAsync();
        host.Agent("bob", $$"""{ "model": "fake/model-bob", "providers": { "fake": { "kind": "openai", "baseUrl": "{{host.Models.OpenAIUrl}}", "apiKey": "{{reference}}" } } }""");
        host.Services.GetRequiredService<SettingsMonitor>().Refresh();
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", "vigil/bob"));
        using var admin = await host.AdminAsync();
        Assert.DoesNotContain("key-of-ann", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("key-of-ann", (await admin.ReadAsync("/api/agents/bob")).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("key-of-ann", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Models.Requests, request => request.Key == "key-of-ann");
    }

    [Fact]
    public async Task A19_TwoAgentsInOneChat_EachHaveTheirOwnHistory()
    {
        await using var host = await StartAsync();
        foreach (var (who, says) in new[] { ("ann", "word-for-ann"), ("bob", "word-for-bob"), ("ann", "again"), ("bob", "again") })
        {
            using var answer = await host.ChatAsync(ApiHost.Say(says, $"vigil/{who}"), ("X-Vigil-Session-Id", "room"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        var (ann, bob) = (host.Models.Requests[2].Body, host.Models.Requests[3].Body);
        Assert.True(ann.Contains("word-for-ann", StringComparison.Ordinal) && !ann.Contains("word-for-bob", StringComparison.Ordinal));
        Assert.True(bob.Contains("word-for-bob", StringComparison.Ordinal) && !bob.Contains("word-for-ann", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A21_AChatAndAWorkAtOnce_WriteTheMemoryOfTheirOwnAgent()
    {
        await using var host = await StartAsync();
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say("done") : FakeModelReply.Call("memory_write", $$"""{ "text": "memory-of-{{request.Model["model-".Length..]}}" }""");
        using var admin = await host.AdminAsync();
        var work = (await admin.SendAsync("/api/work", new { agent = "bob", prompt = "p" }, HttpStatusCode.Accepted)).Text("id");
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", "vigil/ann"));
        await host.EndedAsync(work);
        foreach (var who in new[] { "ann", "bob" })
        {
            var memory = string.Concat(Directory.EnumerateFiles(Path.Combine(host.Home.Workspace(AgentId.Parse(who)), "memory")).Select(File.ReadAllText));
            Assert.Contains($"memory-of-{who}", memory, StringComparison.Ordinal);
            Assert.DoesNotContain($"memory-of-{(who == "ann" ? "bob" : "ann")}", memory, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A25_AModelForOneCall_IsUsedByThatCallAlone()
    {
        await using var host = await StartAsync();
        var calls = Enumerable.Range(0, 12).Select(async number =>
        {
            (string, string)[] headers = number == 5 ? [("X-Vigil-Model", "fake/model-once")] : [];
            using var answer = await host.ChatAsync(ApiHost.Say($"call {number}.", "vigil/ann"), headers);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        });
        await Task.WhenAll(calls);
        Assert.All(host.Models.Requests, request => Assert.Equal(request.LastUserText.Contains("call 5.", StringComparison.Ordinal) ? "model-once" : "model-ann", request.Model));
        using var admin = await host.AdminAsync();
        Assert.Equal("fake/model-ann", (await admin.ReadAsync("/api/agents/ann")).GetProperty("agent").Text("model"));
    }

    [Fact]
    public async Task A26_RequestBeforeScheduleBeforeAgentBeforeDefault_AndTheRunSaysWhoDecided()
    {
        await using var host = await StartAsync(host => host.Agent("plain"));
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/cron", new { name = "s", agent = "ann", prompt = "p", model = "fake/model-schedule", schedule = new { every = "1h" } });
        await AssertAsync(await admin.SendAsync("/api/work", new { agent = "ann", prompt = "p", model = "fake/model-request" }, HttpStatusCode.Accepted), "fake/model-request", "request");
        await AssertAsync(await admin.SendAsync("/api/cron/s/run?agent=ann", new { }, HttpStatusCode.Accepted), "fake/model-schedule", "source");
        await AssertAsync(await admin.SendAsync("/api/work", new { agent = "ann", prompt = "p" }, HttpStatusCode.Accepted), "fake/model-ann", "agent");
        await AssertAsync(await admin.SendAsync("/api/work", new { agent = "plain", prompt = "p" }, HttpStatusCode.Accepted), "fake/model-a", "default");

        async Task AssertAsync(System.Text.Json.JsonElement work, string model, string decidedBy)
        {
            await host.EndedAsync(work.Text("id"));
            var run = Assert.Single(await host.Services.GetRequiredService<IRunStore>().OfWorkAsync(work.Text("id"), default));
            Assert.Equal((model, decidedBy), (run.Start.ModelAsked, run.Start.DecidedBy));
        }
    }

    [Fact]
    public async Task A28_ConversationsOfMain_GoOnWhenOtherAgentsAndRoutesCome()
    {
        await using var host = await ApiHost.StartAsync();
        using (await host.ChatAsync("The word is plum.", ("X-Vigil-Session-Id", "old")))
        {
        }
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/agents", new { id = "coder" });
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram" }, agent = "coder" });
        using (await host.ChatAsync("Which word?", ("X-Vigil-Session-Id", "old")))
        {
        }
        Assert.Contains("The word is plum.", host.Models.Requests[^1].Body, StringComparison.Ordinal);
        var session = Assert.Single((await admin.ReadAsync("/api/sessions")).GetProperty("items").EnumerateArray());
        Assert.StartsWith("agent:main:", session.Text("key"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A35_A67_EverythingThatAWorkLeavesNamesItsAgent()
    {
        await using var host = await StartAsync();
        using var admin = await host.AdminAsync();
        var work = (await admin.SendAsync("/api/work", new { agent = "bob", prompt = "p", notify = "always", deliver = new[] { "inbox" } }, HttpStatusCode.Accepted)).Text("id");
        var ended = await host.EndedAsync(work);
        Assert.Equal(("bob", Outcome.Spoke), (ended.Agent.Value, ended.Outcome));
        Assert.StartsWith("agent:bob:work:", ended.Session.Value, StringComparison.Ordinal);
        Assert.Equal("bob", Assert.Single(await host.Services.GetRequiredService<IRunStore>().OfWorkAsync(work, default)).Start.Agent.Value);
        Assert.Equal("bob", Assert.Single((await admin.ReadAsync("/api/inbox")).GetProperty("items").EnumerateArray()).Text("agent"));
        Assert.Equal("bob", Assert.Single((await host.Services.GetRequiredService<ILedger>().EntriesAsync(null, work, null, 10, default)).Items).Agent.Value);
        var events = await host.Services.GetRequiredService<IEventLog>().ReadAsync(0, 100, new EventFilter(), default);
        Assert.All(events.Where(one => one.Work == work), one => Assert.Equal("bob", one.Agent));
        Assert.Contains(events, one => one.Type == EventTypes.NotificationPosted && one.Agent == "bob");
    }

    [Fact]
    public async Task A65_AnAgentTakenAwayByHandDuringItsRun_IsNotBroughtBackByItsOwnTools()
    {
        await using var host = await StartAsync();
        var removed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Models.Answer = request => request.BringsToolResults
            ? FakeModelReply.Say("done")
            : FakeModelReply.Call("write_file", """{ "path": "notes/x.md", "content": "x", "text": "x" }""") with { Hold = removed.Task };
        var chat = host.ChatAsync(ApiHost.Say("Hello", "vigil/bob"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await host.Models.NextAsync(patience.Token);
        Directory.Delete(host.Home.AgentDirectory(AgentId.Parse("bob")), recursive: true);
        removed.SetResult();
        using var answer = await chat;
        Assert.False(Directory.Exists(host.Home.AgentDirectory(AgentId.Parse("bob"))));
        host.Services.GetRequiredService<SettingsMonitor>().Refresh();
        using var refused = await host.ChatAsync(ApiHost.Say("Hello", "vigil/bob"));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task AWorkWhoseCallerInventsADepth_RunsAsIfItHadNone()
    {
        await using var host = await StartAsync();
        using var admin = await host.AdminAsync();
        var work = (await admin.SendAsync("/api/work", new { agent = "bob", prompt = "p", metadata = new { depth = "deep", askedBy = 7 } }, HttpStatusCode.Accepted)).Text("id");
        Assert.Equal(Outcome.Answered, (await host.EndedAsync(work)).Outcome);
    }

    private static Task<ApiHost> StartAsync(Action<ApiHost>? setup = null) => ApiHost.StartAsync(host =>
    {
        foreach (var who in s_people)
        {
            host.Person(who, FileTools);
            File.WriteAllText(Path.Combine(host.Home.Workspace(AgentId.Parse(who)), "own.md"), $"file-of-{who}");
        }
        setup?.Invoke(host);
    });
}
