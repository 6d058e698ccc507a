using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Heartbeat.Probes;
using Vigil.Models;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

public sealed class ProbeTests
{
    private const string Inbox = """{ "probes": { "inbox": { "kind": "file", "path": "inbox.md" } } }""";

    [Fact]
    public async Task H44_H45_H46_FirstLookIsNewThenOnlyChanges()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe inbox] Is anything urgent?\n", agent: Inbox);
        var file = Path.Combine(bed.Home.Workspace(bed.Agent), "inbox.md");
        await File.WriteAllTextAsync(file, "one");

        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        var same = await bed.BeatAsync();
        Assert.Equal((Outcome.Skipped, Reasons.NothingNew), (same.Outcome, same.Reason));
        await File.WriteAllTextAsync(file, new string('z', 5_000));
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);

        Assert.Equal(2, bed.Requests.Count);
        Assert.Matches("⟦outside: probe inbox, [^⟧]*⟧\ninbox.md:\none\n", BeatBed.TextOf(bed.Requests[0]));
        var cut = BeatBed.TextOf(bed.Requests[1]);
        Assert.Contains("[cut here:", cut);
        Assert.DoesNotContain(new string('z', 2_001), cut);
    }

    [Fact]
    public async Task H47_AFailingProbe_IsNewsOnceAndOthersCount()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe inbox] A\n- [probe broken] B\n",
            agent: """{ "probes": { "inbox": { "kind": "file", "path": "inbox.md" }, "broken": { "kind": "command", "argv": ["/bin/false"] } } }""");
        await bed.BeatAsync();
        Assert.Contains("This probe failed", BeatBed.TextOf(bed.Requests[0]));

        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
        await File.WriteAllTextAsync(Path.Combine(bed.Home.Workspace(bed.Agent), "inbox.md"), "news");
        await bed.BeatAsync();

        Assert.Equal(2, bed.Requests.Count);
        Assert.DoesNotContain("This probe failed", BeatBed.TextOf(bed.Requests[1]));
        Assert.Contains("news", BeatBed.TextOf(bed.Requests[1]));
    }

    [Fact]
    public async Task H40_ABeatThatFailed_TheChangeIsStillNew()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe inbox] A\n", agent: Inbox);
        bed.Client.EnqueueFailure(ModelFailureKind.Auth);
        Assert.Equal(Outcome.Failed, (await bed.BeatAsync()).Outcome);
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
    }

    [Fact]
    public async Task Command_ItsOutput_IsWhatCounts()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe date] A\n", agent: """{ "probes": { "date": { "kind": "command", "argv": ["cat", "note.txt"] } } }""");
        var file = Path.Combine(bed.Home.Workspace(bed.Agent), "note.txt");
        await File.WriteAllTextAsync(file, "hello there");
        await bed.BeatAsync();
        Assert.Contains("hello there", BeatBed.TextOf(bed.Requests[0]));
        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
    }

    [Fact]
    public async Task Http_TheValueAtThePointerCounts_AndWhatIsUnmodifiedIsNotFetchedAgain()
    {
        var (unread, tag, fetched, asked) = (3, 1, 0, 0);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.Run(async context =>
        {
            asked++;
            context.Response.Headers.ETag = $"\"{tag}\"";
            if (context.Request.Headers.IfNoneMatch == $"\"{tag}\"")
            {
                context.Response.StatusCode = 304;
                return;
            }
            fetched++;
            await context.Response.WriteAsync($$"""{ "unread": {{unread}}, "at": {{asked}} }""");
        });
        await server.StartAsync();
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe feed] A\n",
            agent: $$"""{ "probes": { "feed": { "kind": "http", "url": "{{server.Urls.Single()}}/feed.json", "pointer": "/unread" } } }""");

        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
        Assert.Equal((2, 1), (asked, fetched));
        tag = 2;
        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
        Assert.Equal((3, 2), (asked, fetched));
        (unread, tag) = (4, 3);
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);

        Assert.Equal(2, bed.Requests.Count);
        Assert.Matches("⟦outside: probe feed, [^⟧]*⟧\n4\n⟦/outside⟧", BeatBed.TextOf(bed.Requests[1]));

        // Another pointer is another question, which the tag of the first one does not answer.
        await File.WriteAllTextAsync(bed.Home.AgentFile(bed.Agent), $$"""{ "probes": { "feed": { "kind": "http", "url": "{{server.Urls.Single()}}/feed.json", "pointer": "/at" } } }""");
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
    }

    [Fact]
    public async Task Mcp_TheResultOfATool_IsWhatCounts()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var file = Path.Combine(output.Parent!.Parent!.FullName, "McpProbe", output.Name, "McpProbe.dll");
        string Agent(string variable) => $$"""
            { "mcp": { "mail": { "command": "dotnet", "args": ["{{file}}"], "environment": { "{{variable}}": "1" } } }, "probes": { "unread": { "kind": "mcp", "server": "mail", "tool": "environment" } } }
            """;
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe unread] A\n", agent: Agent("TWO_LETTERS"));

        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
        await File.WriteAllTextAsync(bed.Home.AgentFile(bed.Agent), Agent("THREE_LETTERS"));
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);

        Assert.Equal(2, bed.Requests.Count);
        Assert.Matches("⟦outside: probe unread, [^⟧]*⟧\n[^⟧]*,TWO_LETTERS\n", BeatBed.TextOf(bed.Requests[0]));
        Assert.Matches("⟦outside: probe unread, [^⟧]*⟧\n[^⟧]*,THREE_LETTERS\n", BeatBed.TextOf(bed.Requests[1]));
    }

    [Fact]
    public async Task InboxReply_ThePersonAnsweredWhatWasSaid_IsNewsOnce()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "quietAfterMessage": "0s" """, checklist: "- Look at the rent\n", agent: """{ "probes": { "answers": { "kind": "inbox-reply" } } }""");
        bed.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "The rent is due. Shall I pay?" }).Enqueue("Told.");
        Assert.Equal(Outcome.Spoke, (await bed.BeatAsync()).Outcome);
        bed.Checklist("- [probe answers] Do what they answered\n");

        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
        await bed.ChatAsync("Yes, please.");
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        Assert.Contains("You had said: The rent is due. Shall I pay?\nThe person answered: Yes, please.", BeatBed.TextOf(bed.Requests[^1]));
        Assert.Equal(Reasons.NothingNew, (await bed.BeatAsync()).Reason);
    }

    [Theory]
    [InlineData("../../other/workspace/MEMORY.md")]
    [InlineData("/etc/passwd")]
    public async Task H49_AFileOutsideTheWorkspace_IsRefused(string path)
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [probe x] A\n", agent: $$"""{ "probes": { "x": { "kind": "file", "path": "{{path}}" } } }""");
        var broken = bed.Get<IAgentRegistry>().Find(bed.Agent).Broken;
        Assert.Contains(path, Assert.Single(broken!).ToString());
    }

    [Fact]
    public async Task Watch_AChangeBetweenBeats_WakesOnce()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "6h" """, checklist: null, agent: """{ "probes": { "inbox": { "kind": "file", "path": "inbox.md", "watch": true } } }""");
        await bed.PulseAsync();
        await WatchAsync(bed);
        var first = bed.Requests.Count;
        await File.WriteAllTextAsync(Path.Combine(bed.Home.Workspace(bed.Agent), "inbox.md"), "The boiler is broken.");
        await WatchAsync(bed);
        await WatchAsync(bed);

        Assert.Equal(first + 1, bed.Requests.Count);
        Assert.Contains("The boiler is broken.", BeatBed.TextOf(bed.Requests[^1]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_TheWorldGoesBackAndForth_EachChangeWakes(bool beatsBetween)
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "6h" """, checklist: "- [probe door] Look at the door\n", agent: """{ "probes": { "door": { "kind": "file", "path": "door.txt", "watch": true } } }""");
        await bed.PulseAsync();
        var woken = new List<bool>();
        foreach (var state in (string[])["shut", "open", "shut", "shut", "open", "shut"])
        {
            await File.WriteAllTextAsync(Path.Combine(bed.Home.Workspace(bed.Agent), "door.txt"), state);
            var before = (await bed.WorksAsync()).Count(work => work.Source == "wake");
            await WatchAsync(bed);
            woken.Add((await bed.WorksAsync()).Count(work => work.Source == "wake") > before);
            if (beatsBetween)
                await bed.RunNowAsync();
        }

        Assert.Equal([true, true, true, false, true, true], woken);
    }

    [Fact]
    public async Task H48_SlowProbes_LookSideBySideAndHoldUpNoChat()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "quietAfterMessage": "0s" """, checklist: "- [probe a] A\n- [probe b] B\n- [probe c] C\n",
            agent: """{ "probes": { "a": { "kind": "slow" }, "b": { "kind": "slow" }, "c": { "kind": "slow" } } }""");
        var slow = new SlowProbe(3);
        await bed.CloseAsync();
        await bed.OpenAsync([services => services.AddSingleton<IProbe>(slow)]);
        bed.Clock.AdvanceTo(await bed.NextAsync());
        await bed.PulseAsync();

        // None has answered yet, and all three were asked.
        await slow.AllAsked.WaitAsync(TimeSpan.FromSeconds(30));
        await bed.ChatAsync("Hello");
        Assert.Single(bed.Requests);
        slow.Answer();
        await bed.SettleAsync();

        Assert.Equal(2, bed.Requests.Count);
        Assert.All("abc", probe => Assert.Contains($"seen by {probe}", BeatBed.TextOf(bed.Requests[1])));
    }

    private sealed class SlowProbe(int expected) : IProbe
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public string Kind => "slow";

        public Task AllAsked => _asked.Task;

        public void Answer() => _answer.SetResult();

        public string? Check(AgentProfile profile, JsonObject settings) => null;

        public async Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _count) == expected)
                _asked.SetResult();
            await _answer.Task.WaitAsync(cancellationToken);
            return new ProbeReading(request.Name, $"seen by {request.Name}");
        }
    }

    private static async Task WatchAsync(BeatBed bed)
    {
        foreach (var one in bed.Get<IEnumerable<IHousekeeping>>().Where(one => one.Name == "probe-watch"))
            await one.RunAsync(CancellationToken.None);
        await bed.AtAsync(bed.Clock.GetUtcNow().AddMinutes(1));
    }
}
