using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Ledger;
using Vigil.Sessions;
using Vigil.Storage.Tests.Work;
using Vigil.Tools;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Tests.Runs;

public abstract class RunStoreTests : WorkSuite
{
    private static readonly SessionKey Chat = SessionKey.Main(AgentId.Main);

    [Fact]
    public async Task BeginAsync_EveryField_IsReadAsWritten()
    {
        var claim = await RunningAsync("wrk_1");
        var start = Start("run_1", await GetAsync("wrk_1")) with { ProfileJson = """{"a":1}""" };

        Assert.True(await Runs.BeginAsync(start, claim, None));

        var read = await Runs.LatestAsync("wrk_1", None);
        Assert.Equal(start with { Input = read!.Start.Input }, read.Start);
        Assert.Equal("look around", Assert.Single(read.Start.Input).Text);
        Assert.Equal(("running", (DateTimeOffset?)null), (read.State, read.FinishedAt));
        Assert.Equal("""{"a":1}""", await Runs.ProfileAsync("hash", None));
        Assert.Null(await Runs.ProfileAsync("other", None));
        Assert.Equal(["work.requested", "work.started"], await EventsAsync("wrk_1"));
    }

    [Fact]
    public async Task W26_Steps_AreReadAsWrittenInTheirOrder()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        var call = new ChatMessage(ChatRole.Assistant, [new TextContent("I look."), new FunctionCallContent("c1", "read_file", new Dictionary<string, object?> { ["path"] = "a\0.txt" })]);
        var result = new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", "content 🦉")]);
        var usage = new TurnUsage { ModelAsked = "a/b", ModelCalls = 1, InputTokens = 7, CostUsd = 0.01m, FirstToken = TimeSpan.FromMilliseconds(80) };

        Assert.True(await Runs.AppendAsync("run_1", "run_1", new TurnStep { Number = 1, Kind = StepKind.Reply, At = Now, Message = call, Usage = usage }, claim, None));
        Assert.True(await Runs.AppendAsync("run_1", "run_1", new TurnStep
        {
            Number = 2,
            Kind = StepKind.ToolResult,
            At = Now,
            Message = result,
            CallId = "c1",
            Intent = new ToolIntent(IntentKinds.Notify, NewEvent.Json(new { text = "hi" })),
            EndsTurn = true,
        }, claim, None));

        var steps = (await Runs.LatestAsync("wrk_1", None))!.Steps;
        Assert.Equal([1, 2], steps.Select(step => step.Number));
        Assert.Equal(usage, steps[0].Usage);
        var read = Assert.IsType<FunctionCallContent>(steps[0].Message.Contents[1]);
        Assert.Equal(("c1", "read_file", "a\0.txt"), (read.CallId, read.Name, read.Arguments!["path"]!.ToString()));
        Assert.Equal("content 🦉", Assert.IsType<FunctionResultContent>(steps[1].Message.Contents[0]).Result!.ToString());
        Assert.Equal((StepKind.ToolResult, "c1", true, IntentKinds.Notify, "hi"),
            (steps[1].Kind, steps[1].CallId, steps[1].EndsTurn, steps[1].Intent!.Kind, steps[1].Intent!.Value.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task W19_StaleAttempt_CanNeitherBeginNorAppend()
    {
        var old = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), old, None);
        await Works.TakeOverAsync(Node, Now, 9, None);
        Assert.False(await Runs.AppendAsync("run_1", "run_1", Reply(1, Spent()), old, None), "between the attempts");
        var newer = Claim((await ClaimAsync(node: "node-2"))[0]);

        Assert.False(await Runs.AppendAsync("run_1", "run_1", Reply(1, Spent()), old, None));
        Assert.False(await Runs.BeginAsync(Start("run_9", await GetAsync("wrk_1")), old, None));
        Assert.True(await Runs.BeginAsync(Start("run_2", await GetAsync("wrk_1"), "run_1"), newer, None));
        Assert.True(await Runs.AppendAsync("run_2", "run_1", Reply(1, Spent()), newer, None));

        Assert.Equal((1L, 1L), (await CountAsync("run_step"), await CountAsync("ledger")));
        Assert.Equal(2, (await EventsAsync("wrk_1")).Count(type => type == "work.started"));
    }

    [Fact]
    public async Task W26_AttemptsThatShareAJournal_ContinueItAndShowTheirOwnSteps()
    {
        var first = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), first, None);
        await Runs.AppendAsync("run_1", "run_1", Reply(1), first, None);
        await Works.ReleaseAsync(first, Now, None);
        Assert.Equal("released", (await Runs.LatestAsync("wrk_1", None))!.State);
        var second = Claim((await ClaimAsync())[0]);
        await Runs.BeginAsync(Start("run_2", await GetAsync("wrk_1"), "run_1"), second, None);
        await Runs.AppendAsync("run_2", "run_1", Reply(2), second, None);

        var latest = await Runs.LatestAsync("wrk_1", None);
        var all = await Runs.OfWorkAsync("wrk_1", None);

        Assert.Equal(("run_2", "run_1"), (latest!.Start.Id, latest.Start.Journal));
        Assert.Equal([1, 2], latest.Steps.Select(step => step.Number));
        Assert.Equal([("run_1", 1), ("run_2", 2)], all.Select(run => (run.Start.Id, Assert.Single(run.Steps).Number)));
    }

    [Fact]
    public async Task AppendAsync_NumberThatIsTaken_IsRefusedLoudlyAndPaysNothing()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);
        await Runs.AppendAsync("run_1", "run_1", Reply(1), claim, None);

        await Assert.ThrowsAnyAsync<Exception>(() => Runs.AppendAsync("run_1", "run_1", Reply(1, Spent()), claim, None));

        Assert.Equal((1L, 0L), (await CountAsync("run_step"), await CountAsync("ledger")));
    }

    [Fact]
    public async Task AppendAsync_StepWithALedgerLine_IsPaidInTheSameCommit()
    {
        var claim = await RunningAsync("wrk_1");
        await Runs.BeginAsync(Start("run_1", await GetAsync("wrk_1")), claim, None);

        await Runs.AppendAsync("run_1", "run_1", Reply(1, Spent()), claim, None);

        Assert.Equal(0.002m, (await new Vigil.Storage.Ledger.LedgerStore(Database).TotalAsync("2026-03-01", "2026-03-01", null, None)).CostUsd);
    }

    [Fact]
    public async Task FinishAsync_ChatTurn_AppendsTheWholeTurnOnce()
    {
        await Runs.BeginAsync(ChatRun("run_1", "node-1"), null, None);
        Assert.True(await Runs.AppendAsync("run_1", "run_1", Reply(1), null, None));
        NewSessionMessage[] turn = [new(Now, new ChatMessage(ChatRole.User, "hi")) { ByPerson = true }, new(Now, new ChatMessage(ChatRole.Assistant, "hello"))];

        await Runs.FinishAsync(new ChatEnd("run_1", "replied", TurnUsage.None, Chat) { Messages = turn, Events = [Event("chat.failed", "x")] }, None);
        await Runs.FinishAsync(new ChatEnd("run_1", "failed", TurnUsage.None, Chat) { Messages = turn, Events = [Event("chat.failed", "x")] }, None);

        Assert.Equal(["hi", "hello"], (await Sessions.TailAsync(Chat, 1000, None)).Messages.Select(message => message.Message.Text));
        Assert.Single(await EventsAsync());
        Assert.False(await Runs.AppendAsync("run_1", "run_1", Reply(2), null, None), "a finished run took a step");
    }

    [Fact]
    public async Task OpenChatAsync_GivesTheTurnThatHoldsTheSession()
    {
        var turns = new Vigil.Storage.Sessions.SessionTurns(Database, new Vigil.Storage.Runs.RunBeginnings());
        Assert.Null(await Runs.OpenChatAsync(Chat, None));
        Assert.Equal(SessionEntry.Entered, (await turns.TryEnterAsync(Chat, "run_1", "node-1", TimeSpan.FromMinutes(1), Now, ChatRun("run_1", "node-1"), None)).Entry);
        Assert.Equal(SessionEntry.Waits, (await turns.TryEnterAsync(Chat, "run_2", "node-1", TimeSpan.FromMinutes(1), Now, ChatRun("run_2", "node-1"), None)).Entry);

        var open = await Runs.OpenChatAsync(Chat, None);

        Assert.Equal(("run_1", Now), (open!.Id, open.StartedAt));
        await Runs.FinishAsync(new ChatEnd("run_1", "finished", TurnUsage.None, Chat), None);
        Assert.Null(await Runs.OpenChatAsync(Chat, None));
    }

    [Fact]
    public async Task AbandonedAsync_GivesOpenChatRunsOfNodesThatAreGone()
    {
        await Runs.BeginAsync(ChatRun("run_gone", "node-1"), null, None);
        await Runs.AppendAsync("run_gone", "run_gone", Reply(1), null, None);
        await Runs.BeginAsync(ChatRun("run_alive", "node-2"), null, None);
        await Runs.BeginAsync(ChatRun("run_done", "node-1"), null, None);
        await Runs.FinishAsync(new ChatEnd("run_done", "replied", TurnUsage.None, Chat), None);
        await Runs.BeginAsync(Start("run_work", await GetAsync((await RunningAsync("wrk_1")).WorkId)), null, None);

        var abandoned = Assert.Single(await Runs.AbandonedAsync(["node-2", "node-3"], None));

        Assert.Equal(("run_gone", 1), (abandoned.Start.Id, abandoned.Steps.Count));
        Assert.Equal(2, (await Runs.AbandonedAsync([], None)).Count);
    }

    [Fact]
    public async Task TakeOverDuringAppends_NothingIsWrittenAfterIt()
    {
        for (var round = 0; round < 10; round++)
        {
            var id = $"wrk_{round}";
            var claim = await RunningAsync(id);
            await Runs.BeginAsync(Start($"run_{round}", await GetAsync(id)), claim, None);

            var appending = Task.Run(async () =>
            {
                var number = 0;
                while (number < 2000 && await Runs.AppendAsync($"run_{round}", $"run_{round}", Reply(number + 1), claim, None))
                    number++;
                return number;
            });
            var takeover = Task.Run(async () =>
            {
                Assert.Single(await Works.TakeOverAsync(Node, Now, 9, None));
                return (await Runs.LatestAsync(id, None))!.Steps.Count;
            });

            Assert.Equal(await takeover, await appending);
            await Works.CancelAsync(id, Now, None);
        }
    }

    private TurnStep Reply(int number, LedgerEntry? ledger = null)
        => new() { Number = number, Kind = StepKind.Reply, At = Now, Message = new ChatMessage(ChatRole.Assistant, $"reply {number}"), Ledger = ledger };

    private LedgerEntry Spent() => new()
    {
        At = Now,
        Day = "2026-03-01",
        Agent = AgentId.Main,
        Source = WorkSources.Run,
        RunId = "run_1",
        ModelAsked = "a/b",
        ModelUsed = "a/b",
        InputTokens = 10,
        CostUsd = 0.002m,
    };

    private RunStart ChatRun(string id, string node) => new()
    {
        Id = id,
        Journal = id,
        Agent = AgentId.Main,
        Session = Chat,
        Source = "chat",
        Node = node,
        StartedAt = Now,
        ModelAsked = "a/b",
        DecidedBy = "agent",
        ProfileHash = "hash",
        ProfileJson = "{}",
        Input = [new(ChatRole.User, "hi")],
    };
}

public sealed class SqliteRunStoreTests : RunStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresRunStoreTests : RunStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
