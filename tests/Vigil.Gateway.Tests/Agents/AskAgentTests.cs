using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Tools.Spawn;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Agents;

public sealed class AskAgentTests
{
    private const string Tools = """ "tools": { "allow": ["ask_agent", "read_file", "spawn"] } """;

    [Fact]
    public async Task A22_A71_EachSideAnswersAsItselfOnItsOwnAccount()
    {
        await using var host = await StartAsync();
        host.Models.Answer = request => request.Model switch
        {
            "model-ann" when !request.BringsToolResults => Ask("bob", "How deep is the pond?"),
            "model-ann" => FakeModelReply.Say("Two metres, says Bob."),
            _ => FakeModelReply.Say("Two metres."),
        };
        using var answer = await host.WithClockAsync(host.ChatAsync(ApiHost.Say("A word for Ann alone", "vigil/ann")));
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(said.Contains("Two metres, says Bob.", StringComparison.Ordinal), said);

        var asked = host.Models.Requests.Single(request => request.Model == "model-bob");
        Assert.Equal("key-of-bob", asked.Key);
        Assert.Contains("soul-of-bob", asked.SystemText, StringComparison.Ordinal);
        Assert.DoesNotContain("soul-of-ann", asked.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("A word for Ann alone", asked.Body, StringComparison.Ordinal);
        Assert.Contains("Another agent, 'ann', asks you.", asked.LastUserText, StringComparison.Ordinal);
        Assert.Contains("How deep is the pond?", asked.LastUserText, StringComparison.Ordinal);
        // Bob has his own tools, not a part of Ann's.
        Assert.Contains("list_files", asked.ToolNames);

        var after = host.Models.Requests[^1];
        Assert.Equal(("model-ann", "key-of-ann"), (after.Model, after.Key));
        Assert.Contains("soul-of-ann", after.SystemText, StringComparison.Ordinal);
        Assert.Contains("Two metres.", after.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("soul-of-bob", after.Body, StringComparison.Ordinal);

        using var admin = await host.AdminAsync();
        var rows = (await admin.ReadAsync("/api/ledger?by=agent")).GetProperty("items").EnumerateArray().ToDictionary(row => row.Text("group"), row => row.GetProperty("calls").GetInt32());
        Assert.Equal((2, 1), (rows["ann"], rows["bob"]));
        var work = Assert.Single((await admin.ReadAsync("/api/work?source=subagent")).GetProperty("items").EnumerateArray());
        Assert.Equal(("bob", "answered"), (work.Text("agent"), work.Text("outcome")));
    }

    [Fact]
    public async Task AskAgent_WithoutAnAllowedPair_IsNotOffered()
    {
        await using var host = await StartAsync();
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", "vigil/carl"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("ask_agent", host.Models.Requests[^1].ToolNames);
    }

    [Fact]
    public async Task AskAgent_SomebodyItMayNotAsk_IsRefusedAndNobodyIsAsked()
    {
        await using var host = await StartAsync();
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say("Then not.") : Ask("carl", "x");
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", "vigil/ann"));
        Assert.Contains("Then not.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.All(host.Models.Requests, request => Assert.Equal("model-ann", request.Model));
        Assert.Empty((await host.Services.GetRequiredService<IWorkStore>().ListAsync(new WorkFilter(), null, 10, default)).Items);
    }

    [Fact]
    public async Task AskAgent_BackToWhoWaits_IsRefusedAsACircle()
    {
        await using var host = await StartAsync();
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say($"{request.Model} is done.") : request.Model == "model-ann" ? Ask("bob", "?") : Ask("ann", "?");
        using var answer = await host.WithClockAsync(host.ChatAsync(ApiHost.Say("Hello", "vigil/ann")));
        Assert.Contains("model-ann is done.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("round in circles", host.Models.Requests.Last(request => request.Model == "model-bob").Body, StringComparison.Ordinal);
        Assert.Single((await host.Services.GetRequiredService<IWorkStore>().ListAsync(new WorkFilter(), null, 10, default)).Items);
    }

    [Fact]
    public async Task AskAgent_AtTheDeepest_IsNotOfferedAnyMore()
    {
        await using var host = await StartAsync(host =>
        {
            host.Person("bob", """ "mayAsk": ["carl"], """ + Tools);
            host.Person("carl", """ "mayAsk": ["main"], """ + Tools);
        });
        host.Models.Answer = request => request.BringsToolResults || request.Model == "model-carl" ? FakeModelReply.Say("done") : request.Model == "model-ann" ? Ask("bob", "?") : Ask("carl", "?");
        using var answer = await host.WithClockAsync(host.ChatAsync(ApiHost.Say("Hello", "vigil/ann")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var last = host.Models.Requests.Single(request => request.Model == "model-carl");
        Assert.DoesNotContain("ask_agent", last.ToolNames);
        Assert.Contains("read_file", last.ToolNames);
    }

    [Fact]
    public async Task AskAgent_WhoseBudgetIsSpent_TellsTheAskerAndSpendsNothing()
    {
        await using var host = await StartAsync(host => host.Person("bob", """ "budget": { "daily": { "tokens": 1 }, "onExceeded": "stop" } """));
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say("Bob is out of money.") : Ask("bob", "?");
        using var answer = await host.WithClockAsync(host.ChatAsync(ApiHost.Say("Hello", "vigil/ann")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.All(host.Models.Requests, request => Assert.Equal("model-ann", request.Model));
        Assert.Contains("budget", host.Models.Requests[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAgent_WithOneSlot_DoesNotWaitForTheSlotItSitsIn()
    {
        await using var host = await StartAsync(settings: """ "gateway": { "work": { "slots": 1 } } """);
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say("done") : request.Model == "model-ann" ? Ask("bob", "?") : FakeModelReply.Say("an answer");
        using var admin = await host.AdminAsync();
        var work = (await admin.SendAsync("/api/work", new { agent = "ann", prompt = "p" }, HttpStatusCode.Accepted)).Text("id");
        var ended = await host.EndedAsync(work);
        Assert.Equal((Outcome.Answered, "done"), (ended.Outcome, ended.Reply));
    }

    [Fact]
    public async Task Spawner_TheSameCallAfterACrash_FindsTheChildThatIsThereAlready()
    {
        await using var host = await StartAsync();
        host.Models.Answer = _ => FakeModelReply.Say("an answer");
        var spawner = host.Services.GetRequiredService<ISpawner>();
        var run = new RunContext
        {
            Profile = host.Services.GetRequiredService<IAgentRegistry>().Find(AgentId.Parse("ann")).Required(),
            Session = SessionKey.Main(AgentId.Parse("ann")),
            RunId = "run_1",
            WorkId = "wrk_parent",
            Source = WorkSources.Run,
        };
        var request = new SpawnRequest { CallId = "call_1", Prompt = "p", Agent = AgentId.Parse("bob"), Tools = null, Depth = 1 };
        var first = await host.WithClockAsync(spawner.SpawnAsync(run, request, default));
        var again = await host.WithClockAsync(spawner.SpawnAsync(run with { RunId = "run_2" }, request, default));
        Assert.Equal((first.WorkId, "an answer"), (again.WorkId, again.Text));
        Assert.Single(host.Models.Requests);
        // Providers that number their calls anew: the same id with another task is another child.
        var other = await host.WithClockAsync(spawner.SpawnAsync(run, request with { Prompt = "q" }, default));
        Assert.NotEqual(first.WorkId, other.WorkId);
    }

    [Fact]
    public async Task Spawner_WhoWasStoppedAndAsksAgain_GetsItsAnswerAfterAll()
    {
        await using var host = await StartAsync();
        host.Models.Enqueue(FakeModelReply.Stall(new TaskCompletionSource().Task));
        var spawner = host.Services.GetRequiredService<ISpawner>();
        var run = new RunContext
        {
            Profile = host.Services.GetRequiredService<IAgentRegistry>().Find(AgentId.Parse("ann")).Required(),
            Session = SessionKey.Main(AgentId.Parse("ann")),
            RunId = "run_1",
            WorkId = "wrk_parent",
            Source = WorkSources.Run,
        };
        var request = new SpawnRequest { CallId = "call_1", Prompt = "p", Agent = AgentId.Parse("bob"), Tools = null, Depth = 1 };
        using var stop = new CancellationTokenSource();
        var stopped = spawner.SpawnAsync(run, request, stop.Token);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await host.Models.NextAsync(patience.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        var child = Assert.Single((await host.Services.GetRequiredService<IWorkStore>().ListAsync(new WorkFilter(), null, 10, default)).Items);
        Assert.Equal(Outcome.Cancelled, (await host.EndedAsync(child.Id)).Outcome);
        var again = await host.WithClockAsync(spawner.SpawnAsync(run, request, default));
        Assert.Equal((child.Id, "ok", false), (again.WorkId, again.Text, again.Failed));
    }

    // Ann may ask Bob, Bob may ask Ann; Carl may ask nobody.
    private static Task<ApiHost> StartAsync(Action<ApiHost>? setup = null, string settings = "") => ApiHost.StartAsync(host =>
    {
        host.Person("ann", """ "mayAsk": ["bob"], """ + Tools);
        host.Person("bob", """ "mayAsk": ["ann"], "tools": { "allow": ["ask_agent", "list_files"] } """);
        host.Person("carl", Tools);
        setup?.Invoke(host);
    }, settings);

    private static FakeModelReply Ask(string agent, string question) => FakeModelReply.Call("ask_agent", new JsonObject { ["agent"] = agent, ["question"] = question }.ToJsonString());
}
