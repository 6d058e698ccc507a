using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Sessions;
using Vigil.Storage.Events;
using Vigil.Storage.Tests.Work;
using Vigil.Turns;

namespace Vigil.Storage.Tests.Sessions;

/// <summary>Conversations that begin anew because a person comes back to them late.</summary>
public abstract class SessionResetsTests : WorkSuite
{
    private static readonly SessionKey Chat = SessionKey.Main(AgentId.Main);

    [Fact]
    public async Task TryEnterAsync_AnOldConversation_BeginsAnewWithANoteAndAnEvent()
    {
        await Sessions.AppendAsync(Chat, [Said("old"), Replied("yes")], None);
        await Sessions.SaveSummaryAsync(Chat, 0, 1, "They began.", None);
        Clock.Now += TimeSpan.FromHours(2);

        Assert.Equal(SessionEntry.BegunAnew, await EnterAsync("run_1"));

        var tail = await Sessions.TailAsync(Chat, 1000, None);
        Assert.Empty(tail.Messages);
        Assert.Equal((3L, 3L, null, Now), (tail.Session!.ResetSeq, tail.Session.SummarySeq, tail.Session.Summary, tail.Session.PersonAt));
        var kept = await Sessions.ReadAsync(Chat, 0, 10, None);
        Assert.Equal(["old", "yes", "[anew]"], kept.Select(message => message.Message.Text));
        Assert.Equal(MessageKind.Break, kept[2].Kind);
        var told = Assert.Single(await ResetsAsync());
        Assert.Equal(("main", "idle", Chat.Value), (told.Agent, told.Payload.GetProperty("reason").GetString(), told.Payload.GetProperty("session").GetString()));
        Assert.Equal("run_1", (await Runs.GetAsync("run_1", None))!.Start.Id);
    }

    [Fact]
    public async Task TryEnterAsync_AYoungConversation_GoesOn()
    {
        await Sessions.AppendAsync(Chat, [Said("old")], None);
        Clock.Now += TimeSpan.FromHours(1);

        Assert.Equal(SessionEntry.Entered, await EnterAsync("run_1"));

        Assert.Single((await Sessions.TailAsync(Chat, 1000, None)).Messages);
        Assert.Empty(await ResetsAsync());
    }

    [Fact]
    public async Task TryEnterAsync_WithoutAnythingToBeginAnew_WritesNothing()
    {
        // There is no such conversation; no person ever wrote; somebody has done it already.
        Assert.Equal(SessionEntry.Entered, await EnterAsync("run_1"));
        await Turns.LeaveAsync(Chat, "run_1", None);
        await Sessions.AppendAsync(Chat, [Noticed("only the agent spoke")], None);
        Clock.Now += TimeSpan.FromDays(9);
        Assert.Equal(SessionEntry.Entered, await EnterAsync("run_2"));
        await Turns.LeaveAsync(Chat, "run_2", None);
        await Sessions.AppendAsync(Chat, [Said("old")], None);
        await Sessions.ResetAsync(Chat, Now, None);
        Clock.Now += TimeSpan.FromDays(9);
        Assert.Equal(SessionEntry.Entered, await EnterAsync("run_3"));

        Assert.Empty(await ResetsAsync());
        Assert.Equal(2, (await Sessions.GetAsync(Chat, None))!.Messages);
    }

    [Fact]
    public async Task TryEnterAsync_WhatTheAgentSaidSince_StaysForThePersonToAnswer()
    {
        await Sessions.AppendAsync(Chat, [Said("old"), Replied("yes")], None);
        await Sessions.AppendAsync(Chat, [Noticed("Your flight is late."), Worked("Report.", ChatRole.User), Worked("All is well.", ChatRole.Assistant)], None);
        Clock.Now += TimeSpan.FromHours(2);

        Assert.Equal(SessionEntry.BegunAnew, await EnterAsync("run_1"));

        Assert.Equal(["Your flight is late.", "Report.", "All is well.", "[anew]"], (await Sessions.TailAsync(Chat, 1000, None)).Messages.Select(message => message.Message.Text));
    }

    [Fact]
    public async Task TryEnterAsync_WhoMustWait_ResetsNothing()
    {
        await Sessions.AppendAsync(Chat, [Said("old")], None);
        await AdmitAsync("wrk_1");
        Assert.Equal(SessionEntry.Entered, (await Turns.TryEnterAsync(Chat, "somebody", Node, TimeSpan.FromDays(1), Now, null, None)).Entry);
        Clock.Now += TimeSpan.FromHours(2);

        Assert.Equal(SessionEntry.Waits, await EnterAsync("run_1"));

        Assert.Empty(await ResetsAsync());
        Assert.Single((await Sessions.TailAsync(Chat, 1000, None)).Messages);
    }

    [Fact]
    public async Task TryEnterAsync_ManyAtOnce_OneResets()
    {
        await Sessions.AppendAsync(Chat, [Said("old")], None);
        Clock.Now += TimeSpan.FromHours(2);
        var other = Backend.HasNodes ? new Vigil.Storage.Sessions.SessionTurns(await Backend.OpenAsync(Clock), new Vigil.Storage.Runs.RunBeginnings()) : Turns;

        await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Task.Run(async () =>
        {
            var turns = n % 2 == 0 ? Turns : other;
            while ((await turns.TryEnterAsync(Chat, $"run_{n}", Node, TimeSpan.FromSeconds(30), Now, ChatRun($"run_{n}"), None)).Entry == SessionEntry.Waits)
                await Task.Yield();
            await turns.LeaveAsync(Chat, $"run_{n}", None);
        })));

        Assert.Single(await ResetsAsync());
        Assert.Equal(2, (await Sessions.GetAsync(Chat, None))!.Messages);
    }

    [Fact]
    public async Task TryEnterAsync_AfterTheProcessOfTheFirstTurnDied_IsNotResetAgain()
    {
        await Sessions.AppendAsync(Chat, [Said("old")], None);
        Clock.Now += TimeSpan.FromHours(2);
        Assert.Equal(SessionEntry.BegunAnew, await EnterAsync("run_dead"));
        await LaterAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(SessionEntry.Entered, await EnterAsync("run_2"));

        Assert.Single(await ResetsAsync());
        Assert.Equal("run_dead", Assert.Single((await Runs.AbandonedAsync(["another"], None)), run => run.Start.Id == "run_dead").Start.Id);
    }

    [Fact]
    public async Task SaveSummaryAsync_OfWhatWasSaidBeforeTheReset_IsNotKept()
    {
        await Sessions.AppendAsync(Chat, [Said("old"), Replied("yes"), Noticed("Your flight is late."), Noticed("It left.")], None);
        var read = (await Sessions.GetAsync(Chat, None))!;
        Clock.Now += TimeSpan.FromHours(2);
        Assert.Equal(SessionEntry.BegunAnew, await EnterAsync("run_1"));

        await Sessions.SaveSummaryAsync(Chat, read.ResetSeq, 3, "They spoke of old things.", None);

        Assert.Null((await Sessions.GetAsync(Chat, None))!.Summary);
    }

    [Fact]
    public async Task TryEnterAsync_AClockThatWasAhead_IsForgottenWithTheNextTurn()
    {
        await Sessions.AppendAsync(Chat, [Said("from the future") with { At = Now.AddDays(300) }], None);
        Assert.Equal(SessionEntry.Entered, await EnterAsync("run_1"));
        await Turns.LeaveAsync(Chat, "run_1", None);
        await Sessions.AppendAsync(Chat, [Said("now")], None);
        Clock.Now += TimeSpan.FromHours(2);

        Assert.Equal(SessionEntry.BegunAnew, await EnterAsync("run_2"));
    }

    private async Task<SessionEntry> EnterAsync(string run) => (await Turns.TryEnterAsync(Chat, run, Node, TimeSpan.FromSeconds(30), Now, ChatRun(run), None)).Entry;

    private RunStart ChatRun(string id) => new()
    {
        Id = id,
        Journal = id,
        Agent = AgentId.Main,
        Session = Chat,
        Source = "chat",
        Node = Node,
        StartedAt = Now,
        ModelAsked = "p/m",
        DecidedBy = "default",
        ProfileHash = "hash",
        ProfileJson = "{}",
        Input = [new ChatMessage(ChatRole.User, "hi")],
        Fresh = new FreshStart(Now.AddMinutes(-90), "idle", "[anew]"),
    };

    private Task<IReadOnlyList<VigilEvent>> ResetsAsync() => new EventLog(Database).ReadAsync(0, 100, new EventFilter(TypePrefix: EventTypes.SessionReset), None);

    private NewSessionMessage Said(string text) => new(Now, new ChatMessage(ChatRole.User, text)) { ByPerson = true };

    private NewSessionMessage Replied(string text) => new(Now, new ChatMessage(ChatRole.Assistant, text));

    private NewSessionMessage Noticed(string text) => new(Now, new ChatMessage(ChatRole.Assistant, text), MessageKind.Notice, null, "wrk_1");

    private NewSessionMessage Worked(string text, ChatRole role) => new(Now, new ChatMessage(role, text), MessageKind.Turn, "run_w", "wrk_1");
}

public sealed class SqliteSessionResetsTests : SessionResetsTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresSessionResetsTests : SessionResetsTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
