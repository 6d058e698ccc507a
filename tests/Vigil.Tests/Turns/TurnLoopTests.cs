using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Tools;
using Vigil.Turns;

namespace Vigil.Tests.Turns;

public sealed class TurnLoopTests
{
    private readonly ListJournal _journal = new();
    private readonly QueueCaller _models = new();

    [Fact]
    public async Task RunAsync_PlainReply_EndsRepliedWithOneStep()
    {
        _models.Reply("Hello.");

        var result = await RunAsync([]);

        Assert.Equal(TurnEnd.Replied, result.End);
        Assert.Equal("Hello.", result.Text);
        Assert.Equal([StepKind.Reply], _journal.Steps.Select(step => step.Kind));
    }

    [Fact]
    public async Task RunAsync_ParallelCallsThatFinishInReverse_ResultsStandInCallOrder()
    {
        var slow = new TaskCompletionSource<string>();
        var first = new FakeTool("first", async () => await slow.Task);
        var second = new FakeTool("second", () =>
        {
            slow.SetResult("one");
            return Task.FromResult("two");
        });
        _models.Call(("c1", "first"), ("c2", "second"));
        _models.Reply("Done.");

        var result = await RunAsync([first, second]);

        Assert.Equal(TurnEnd.Replied, result.End);
        var sent = _models.Requests[1].Where(message => message.Role == ChatRole.Tool).SelectMany(message => message.Contents.OfType<FunctionResultContent>());
        Assert.Equal(["c1", "c2"], sent.Select(content => content.CallId));
        Assert.Equal([1, 2, 3, 4], _journal.Steps.Select(step => step.Number));
    }

    [Fact]
    public async Task RunAsync_HundredsOfCallsInOneReply_AllRunButFewAtOnce()
    {
        const int Calls = 300;
        var (running, most) = (0, 0);
        var crowd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tool = new FakeTool("slow", async () =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            if (now >= TurnLoop.MostToolsAtOnce)
                crowd.TrySetResult();
            await crowd.Task;
            Interlocked.Decrement(ref running);
            return "done";
        });
        _models.Call([.. Enumerable.Range(0, Calls).Select(i => ($"c{i}", "slow"))]);
        _models.Reply("Done.");

        var result = await RunAsync([tool]);

        Assert.Equal(TurnEnd.Replied, result.End);
        Assert.Equal(TurnLoop.MostToolsAtOnce, most);
        Assert.Equal(Calls, _journal.Steps.Count(step => step.Kind == StepKind.ToolResult));

        static void InterlockedMax(ref int most, int now)
        {
            for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
                Interlocked.CompareExchange(ref most, now, seen);
        }
    }

    [Fact]
    public async Task W32_UnknownToolAndThrowingTool_ModelGetsErrorsAndTheRunGoesOn()
    {
        var broken = new FakeTool("broken", () => throw new InvalidOperationException("no luck"));
        _models.Call(("c1", "nothing_like_it"), ("c2", "broken"));
        _models.Reply("I see.");

        var result = await RunAsync([broken]);

        Assert.Equal(TurnEnd.Replied, result.End);
        var texts = _models.Requests[1].SelectMany(message => message.Contents.OfType<FunctionResultContent>()).Select(content => content.Result!.ToString()!).ToList();
        Assert.Contains("There is no tool", texts[0]);
        Assert.Contains("no luck", texts[1]);
    }

    [Fact]
    public async Task W33_ToolsWithoutEnd_StepLimitEndsTheTurn()
    {
        for (var i = 0; i < 10; i++)
            _models.Call(($"c{i}", "again"));

        var result = await RunAsync([new FakeTool("again", () => Task.FromResult("more"))], steps: 3);

        Assert.Equal(TurnEnd.StepLimit, result.End);
        Assert.Equal(3, _models.Requests.Count);
    }

    [Fact]
    public async Task W26_ResumedAfterReplyAndTool_NeitherIsRepeated()
    {
        var runs = 0;
        var tool = new FakeTool("count", () => Task.FromResult($"run {++runs}"));
        _models.Call(("c1", "count"));
        _models.Reply("First end.");
        await RunAsync([tool]);
        var finished = _journal.Steps.Take(2).ToList();
        var resumed = new QueueCaller();
        resumed.Reply("Second end.");

        var result = await RunAsync([tool], finished: finished, models: resumed);

        Assert.Equal("Second end.", result.Text);
        Assert.Equal(1, runs);
        var request = Assert.Single(resumed.Requests);
        Assert.Contains(request, message => message.Contents.OfType<FunctionCallContent>().Any(call => call.CallId == "c1"));
        Assert.Contains(request, message => message.Contents.OfType<FunctionResultContent>().Any(content => content.Result!.ToString() == "run 1"));
    }

    [Fact]
    public async Task W27_ResumedWithACallWithoutResult_ToolIsNotStartedAndTheModelIsTold()
    {
        var runs = 0;
        var tool = new FakeTool("count", () => Task.FromResult($"run {++runs}"));
        _models.Call(("c1", "count"));
        _models.Reply("End.");
        await RunAsync([tool]);
        var resumed = new QueueCaller();
        resumed.Reply("I will check.");

        await RunAsync([tool], finished: [_journal.Steps[0]], models: resumed);

        Assert.Equal(1, runs);
        var told = Assert.Single(resumed.Requests[0].SelectMany(message => message.Contents.OfType<FunctionResultContent>()));
        Assert.Contains("outcome is unknown", told.Result!.ToString());
    }

    [Fact]
    public async Task W29_ResumedAfterTheLastReply_NoModelIsAsked()
    {
        _models.Reply("All done.");
        await RunAsync([]);
        var resumed = new QueueCaller();

        var result = await RunAsync([], finished: _journal.Steps, models: resumed);

        Assert.Equal(TurnEnd.Replied, result.End);
        Assert.Equal("All done.", result.Text);
        Assert.Empty(resumed.Requests);
    }

    [Fact]
    public async Task RunAsync_PureToolWithoutResult_IsRunAgainOnResume()
    {
        var runs = 0;
        var tool = new FakeTool("note", () => Task.FromResult($"run {++runs}")) { Pure = true };
        _models.Call(("c1", "note"));
        _models.Reply("End.");
        await RunAsync([tool]);
        var resumed = new QueueCaller();
        resumed.Reply("End.");

        await RunAsync([tool], finished: [_journal.Steps[0]], models: resumed);

        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task RunAsync_Cancelled_HistoryIsLegal()
    {
        using var cancel = new CancellationTokenSource();
        var tool = new FakeTool("hang", async () =>
        {
            await cancel.CancelAsync();
            cancel.Token.ThrowIfCancellationRequested();
            return "never";
        });
        _models.Call(("c1", "hang"));

        var result = await RunAsync([tool], cancellationToken: cancel.Token);

        Assert.Equal(TurnEnd.Cancelled, result.End);
        var calls = result.Messages.SelectMany(message => message.Contents.OfType<FunctionCallContent>()).Select(call => call.CallId);
        var results = result.Messages.SelectMany(message => message.Contents.OfType<FunctionResultContent>()).Select(content => content.CallId);
        Assert.Equal(calls, results);
    }

    [Fact]
    public async Task RunAsync_ModelFailsForGood_EndsModelFailedWithTheFailure()
    {
        _models.Fail(new ModelFailure(ModelFailureKind.Auth, "The key was refused.", "openai", "gpt", 401));

        var result = await RunAsync([]);

        Assert.Equal(TurnEnd.ModelFailed, result.End);
        Assert.Equal(ModelFailureKind.Auth, result.Failure!.Kind);
    }

    [Fact]
    public async Task RunAsync_ContextTooLong_ShrinksOnceAndGoesOn()
    {
        _models.Fail(new ModelFailure(ModelFailureKind.ContextTooLong, "Too long.", "openai", "gpt", 400));
        _models.Reply("Short enough.");

        var result = await RunAsync([], shrink: _ => Task.FromResult<IReadOnlyList<ChatMessage>?>([new ChatMessage(ChatRole.User, "short")]));

        Assert.Equal("Short enough.", result.Text);
        Assert.Equal("short", Assert.Single(_models.Requests[1]).Text);
    }

    [Fact]
    public async Task P10_CallersTool_EndsTheTurnWithTheCall()
    {
        var callers = AIFunctionFactory.CreateDeclaration("their_tool", "Theirs.", JsonDocument.Parse("""{"type":"object"}""").RootElement);
        _models.Call(("c1", "their_tool"));

        var result = await RunAsync([], callers: [callers]);

        Assert.Equal(TurnEnd.CallerTools, result.End);
        Assert.Equal("their_tool", Assert.Single(result.Messages[^1].Contents.OfType<FunctionCallContent>()).Name);
    }

    private async Task<TurnResult> RunAsync(IReadOnlyList<ITool> tools, int steps = 10, IReadOnlyList<TurnStep>? finished = null, QueueCaller? models = null,
        IReadOnlyList<AIFunctionDeclaration>? callers = null, Func<CancellationToken, Task<IReadOnlyList<ChatMessage>?>>? shrink = null, CancellationToken cancellationToken = default)
    {
        var profile = new AgentProfile { Id = AgentId.Main, Timezone = "UTC" };
        var run = new RunContext { Profile = profile, Session = SessionKey.Main(AgentId.Main), RunId = "run_1", Source = "chat" };
        var request = new TurnRequest { Run = run, Model = new ModelChoice(ModelName.Parse("openai/gpt"), "agent", []), Input = [new ChatMessage(ChatRole.User, "Go.")], CallerTools = callers ?? [] };
        var plan = new TurnPlan
        {
            Request = request,
            Prefix = request.Input,
            Tools = new ToolBench(tools, request.CallerTools, new ToolInvoker(NullLogger<ToolInvoker>.Instance), 1000),
            StepLimit = steps,
            Deadline = TimeSpan.FromMinutes(1),
            Shrink = shrink,
            Ledger = reply => new LedgerEntry { At = default, Day = "2026-01-01", Agent = AgentId.Main, Source = "chat", RunId = "run_1", ModelAsked = "openai/gpt", ModelUsed = reply.ModelUsed },
        };
        var journal = finished is null ? _journal : new ListJournal([.. finished]);
        return await new TurnLoop(models ?? _models, TimeProvider.System).RunAsync(plan, journal, SilentObserver.Instance, cancellationToken);
    }

    private sealed class ListJournal(IReadOnlyList<TurnStep>? finished = null) : ITurnJournal
    {
        public List<TurnStep> Steps { get; } = [];

        public IReadOnlyList<TurnStep> Finished => finished ?? [];

        public Task AppendAsync(TurnStep step, bool isLast, CancellationToken cancellationToken)
        {
            Steps.Add(step);
            return Task.CompletedTask;
        }
    }

    private sealed class QueueCaller : IModelCaller
    {
        private readonly Queue<Func<ModelReply>> _replies = [];

        public List<IReadOnlyList<ChatMessage>> Requests { get; } = [];

        public void Reply(string text) => Enqueue(new ChatMessage(ChatRole.Assistant, text));

        public void Call(params (string Id, string Name)[] calls)
            => Enqueue(new ChatMessage(ChatRole.Assistant, [.. calls.Select(call => new FunctionCallContent(call.Id, call.Name, new Dictionary<string, object?>()))]));

        public void Fail(ModelFailure failure) => _replies.Enqueue(() => throw new ModelFailureException(failure));

        public Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Requests.Add(call.Messages);
            return Task.FromResult(_replies.Dequeue()());
        }

        private void Enqueue(ChatMessage message) => _replies.Enqueue(() => new ModelReply { Message = message, ModelUsed = "openai/gpt" });
    }

    private sealed class FakeTool(string name, Func<Task<string>> run) : ITool
    {
        public bool Pure { get; init; }

        public ToolDefinition Definition => new(name, name, JsonDocument.Parse("""{"type":"object"}""").RootElement) { Pure = Pure };

        public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken) => new(await run());
    }
}
