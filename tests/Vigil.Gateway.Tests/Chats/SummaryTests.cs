using System.Net.Http.Json;
using Microsoft.Extensions.AI;
using Vigil.Gateway.Tests.Support;
using Vigil.Gateway.Tests.Works;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Testing.Models;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Chats;

/// <summary>Long conversations are summed up beside the chat. Context is 1,000 tokens here, some 4,000 characters.</summary>
public sealed class SummaryTests
{
    private const string Marker = "You keep the running summary";

    [Fact]
    public async Task ALongConversation_IsSummedUpOnce_AndKeepsEachMessage()
    {
        await using var host = await StartAsync();
        for (var i = 1; i <= 12; i++)
            await SayAsync(host, $"Question {i}. {Filler(i)}");
        var session = await SummedUpAsync(host);
        Assert.Equal("They spoke about numbers.", session.Summary);
        Assert.Equal(24, session.Messages);
        Assert.Equal(24, (await host.Get<ISessionStore>().ReadAsync(session.Key, 0, 100, default)).Count);

        await SayAsync(host, "And now?");
        var asked = host.Model.Client.Requests.Last(request => request.LastUserText.Contains("And now?", StringComparison.Ordinal)).Messages;
        Assert.Contains(asked, message => message.Text.Contains("They spoke about numbers.", StringComparison.Ordinal));
        // The newest words are carried as they were said, and begin with the person's.
        Assert.Contains(asked, message => message.Text.StartsWith("Question 12.", StringComparison.Ordinal));
        Assert.Equal(ChatRole.User, asked.First(message => message.Role != ChatRole.System).Role);
        Assert.DoesNotContain(asked, message => message.Text.StartsWith("Question 1.", StringComparison.Ordinal));
        Assert.Contains(await CallsAsync(host), call => call.Source == "summary" && call.CostUsd is null or >= 0);
    }

    [Fact]
    public async Task APerson_NeverWaitsForTheSummary_AndTheNextOneHasTheOldIn()
    {
        await using var host = await StartAsync();
        var hangs = true;
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var summedUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Model.Client.Answer = request =>
        {
            if (!IsSummary(request))
                return Reply(request);
            if (Volatile.Read(ref hangs))
            {
                refused.TrySetResult();
                throw new ModelFailureException(new ModelFailure(ModelFailureKind.Overloaded, "busy", "scripted", "own"));
            }
            summedUp.TrySetResult();
            return Reply(request);
        };
        // An attempt begins beside the chat, at a time of its own: say on until each has been seen.
        var said = 0;
        while (!refused.Task.IsCompleted)
            await SayAsync(host, $"Question {++said}. {Filler(said)}");
        var store = host.Get<ISessionStore>();
        var session = Assert.Single((await store.ListAsync(null, null, 10, default)).Items, one => one.Messages > 0);
        Assert.Null(session.Summary);

        Volatile.Write(ref hangs, false);
        while (!summedUp.Task.IsCompleted)
            await SayAsync(host, $"Question {++said}. {Filler(said)}");
        var first = await SummedUpAsync(host);
        while ((await store.GetAsync(session.Key, default))!.SummarySeq == first.SummarySeq)
            await SayAsync(host, $"Question {++said}. {Filler(said)}");
        var last = host.Model.Client.Requests.Last(IsSummary);
        Assert.Contains("The summary so far:\nThey spoke about numbers.", last.LastUserText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConversationThatOnlyWorksKeep_IsSummedUpToo()
    {
        await using var host = await StartAsync();
        for (var i = 1; i <= 12; i++)
        {
            var work = await host.RunAsync(new { agent = "main", prompt = $"Note {i}. {Filler(i)}", session = "notes", context = "main" });
            Assert.Equal(Outcome.Answered, work.Outcome);
        }
        var session = await SummedUpAsync(host);
        Assert.Contains("notes", session.Key.Value, StringComparison.Ordinal);
    }

    private static Task<EngineHost> StartAsync() => EngineHost.StartAsync(host =>
    {
        host.Agents.Change = profile => profile with { Turns = profile.Turns with { ContextTokens = 1_000 } };
        host.Model.Client.Answer = Reply;
    });

    private static IReadOnlyList<AIContent> Reply(ScriptedRequest request) => [new TextContent(IsSummary(request) ? "They spoke about numbers." : "Noted.")];

    private static bool IsSummary(ScriptedRequest request) => request.Messages[0].Text.TrimStart().StartsWith(Marker, StringComparison.Ordinal);

    private static string Filler(int number) => string.Join(' ', Enumerable.Repeat($"number {number}", 40));

    private static async Task SayAsync(EngineHost host, string message)
    {
        using var answer = await host.Http.PostAsJsonAsync("/api/chat", new { session = "long", message });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(text.Contains("event: done", StringComparison.Ordinal), text);
    }

    private static async Task<Session> SummedUpAsync(EngineHost host)
        => (await host.UntilAsync(async () => (await host.Get<ISessionStore>().ListAsync(null, null, 10, default)).Items.FirstOrDefault(one => one.Summary is not null), one => one is not null))!;

    private static async Task<IReadOnlyList<LedgerEntry>> CallsAsync(EngineHost host) => (await host.Get<ILedger>().EntriesAsync(null, null, null, 100, default)).Items;
}
