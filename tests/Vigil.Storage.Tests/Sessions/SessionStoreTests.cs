using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Sessions;

namespace Vigil.Storage.Tests.Sessions;

public abstract class SessionStoreTests : StoreSuite
{
    private static readonly SessionKey Chat = SessionKey.Main(AgentId.Main);

    private SessionStore Sessions => new(Database);

    [Fact]
    public async Task AppendAsync_Messages_AreReadAsWrittenWithRisingNumbers()
    {
        await Sessions.AppendAsync(Chat, [User("hi", byPerson: true), Assistant("hello")], None);
        Clock.Now += TimeSpan.FromSeconds(5);
        await Sessions.AppendAsync(Chat, [new(Clock.Now, new ChatMessage(ChatRole.Assistant, "by the way"), MessageKind.Notice, "run_1", "wrk_1")], None);

        var read = await Sessions.ReadAsync(Chat, 0, 10, None);

        Assert.Equal([1L, 2L, 3L], read.Select(message => message.Seq));
        Assert.Equal(["hi", "hello", "by the way"], read.Select(message => message.Message.Text));
        Assert.Equal((MessageKind.Notice, "run_1", "wrk_1", Clock.Now), (read[2].Kind, read[2].RunId, read[2].WorkId, read[2].At));
        Assert.Equal([2L], (await Sessions.ReadAsync(Chat, 1, 1, None)).Select(message => message.Seq));
        var session = await Sessions.GetAsync(Chat, None);
        Assert.Equal((3L, Clock.Now, Clock.Now.AddSeconds(-5), Clock.Now.AddSeconds(-5)), (session!.Messages, session.UpdatedAt, session.CreatedAt, session.PersonAt));
    }

    [Fact]
    public async Task AppendAsync_FromManyAtOnce_HasNoGapsAndKeepsTurnsTogether()
    {
        var other = Backend.HasNodes ? new SessionStore(await Backend.OpenAsync(Clock)) : Sessions;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(() =>
            (n % 2 == 0 ? Sessions : other).AppendAsync(Chat, [User($"q{n}"), Assistant($"a{n}")], None))));

        var read = await Sessions.ReadAsync(Chat, 0, 100, None);

        Assert.Equal(Enumerable.Range(1, 80).Select(n => (long)n), read.Select(message => message.Seq));
        Assert.All(read.Chunk(2), turn => Assert.Equal(turn[0].Message.Text[1..], turn[1].Message.Text[1..]));
    }

    [Fact]
    public async Task TailAsync_LongHistory_GivesTheNewestWholeTurnsOldestFirst()
    {
        for (var n = 0; n < 100; n++)
            await Sessions.AppendAsync(Chat, [User($"question {n}"), Call($"c{n}"), Result($"c{n}", "looked"), Assistant($"answer {n}")], None);

        var tail = (await Sessions.TailAsync(Chat, 4000, None)).Messages;

        Assert.InRange(tail.Count, 8, 60);
        Assert.Equal(ChatRole.User, tail[0].Message.Role);
        Assert.Equal("answer 99", tail[^1].Message.Text);
        Assert.Equal(tail.Select(message => message.Seq), Enumerable.Range(0, tail.Count).Select(n => tail[0].Seq + n));
        var calls = tail.SelectMany(message => message.Message.Contents).OfType<FunctionCallContent>().Select(call => call.CallId).ToHashSet();
        Assert.All(tail.SelectMany(message => message.Message.Contents).OfType<FunctionResultContent>(), result => Assert.Contains(result.CallId, calls));
    }

    [Fact]
    public async Task TailAsync_NewestTurnAloneIsTooLong_IsStillCarriedWhole()
    {
        await Sessions.AppendAsync(Chat, [User("old"), Assistant("old")], None);
        await Sessions.AppendAsync(Chat, [User("now"), Call("c1"), Result("c1", new string('x', 5000)), Assistant("done")], None);

        var tail = (await Sessions.TailAsync(Chat, 100, None)).Messages;

        Assert.Equal([3L, 4L, 5L, 6L], tail.Select(message => message.Seq));
    }

    [Fact]
    public async Task TailAsync_MayBeginWithANotice()
    {
        await Sessions.AppendAsync(Chat, [User(new string('x', 5000)), Assistant("ok")], None);
        await Sessions.AppendAsync(Chat, [new(Clock.Now, new ChatMessage(ChatRole.Assistant, "The build is red."), MessageKind.Notice)], None);

        Assert.Equal(["The build is red."], (await Sessions.TailAsync(Chat, 400, None)).Messages.Select(message => message.Message.Text));
    }

    [Fact]
    public async Task TailAsync_OfAStoreThatReadBefore_IsThatOfOneThatDidNot()
    {
        var chance = new Random(20261122);
        var (reads, writes) = (Sessions, Sessions);
        for (var round = 0; round < 60; round++)
        {
            // More than a page at times, and nothing at others.
            var turns = chance.Next(4) switch { 0 => 0, 1 => 100, _ => chance.Next(1, 10) };
            if (turns > 0)
                await writes.AppendAsync(Chat, [.. Enumerable.Range(0, turns).SelectMany(n => new[] { User($"q{round}.{n}"), Assistant(new string('a', chance.Next(1, 200))) })], None);
            var session = await writes.GetAsync(Chat, None);
            if (session is not null && chance.Next(8) == 0)
                await writes.SaveSummaryAsync(Chat, session.ResetSeq, session.Messages - chance.Next(40), "So far so good.", None);
            if (chance.Next(20) == 0)
                await writes.ResetAsync(Chat, Clock.Now, None);
            var budget = chance.Next(100, 40_000);

            var tail = await reads.TailAsync(Chat, budget, None);

            var expected = await Sessions.TailAsync(Chat, budget, None);
            Assert.Equal(expected.Session, tail.Session);
            Assert.Equal(expected.Messages.Select(message => (message.Seq, message.Message.Text)), tail.Messages.Select(message => (message.Seq, message.Message.Text)));
        }
    }

    [Fact]
    public async Task TailAsync_KeepsALongConversationAtHandUnlessItHoldsAPicture()
    {
        var store = new SessionStore(Database);
        async Task<ChatMessage> FirstAsync() => (await store.TailAsync(Chat, 1_000_000, None)).Messages[0].Message;
        await store.AppendAsync(Chat, [.. Enumerable.Range(0, 20).Select(n => new NewSessionMessage(Clock.Now, new ChatMessage(ChatRole.User, $"line {n}")))], None);
        Assert.Same(await FirstAsync(), await FirstAsync());

        await store.AppendAsync(Chat, [new NewSessionMessage(Clock.Now, new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1, 2, 3 }, "image/png")]))], None);
        await FirstAsync();
        Assert.NotSame(await FirstAsync(), await FirstAsync());
    }

    [Fact]
    public async Task TailAsync_NoSuchSession_IsEmpty()
    {
        var tail = await Sessions.TailAsync(Chat, 1000, None);

        Assert.Null(tail.Session);
        Assert.Empty(tail.Messages);
    }

    [Fact]
    public async Task ResetAsync_TheTailBeginsAnewAndNothingIsDeleted()
    {
        await Sessions.AppendAsync(Chat, [User("before"), Assistant("ok")], None);
        await Sessions.SaveSummaryAsync(Chat, 0, 2, "They greeted.", None);

        Assert.True(await Sessions.ResetAsync(Chat, Clock.Now.AddMinutes(1), None));

        var tail = await Sessions.TailAsync(Chat, 1000, None);
        Assert.Empty(tail.Messages);
        Assert.Null(tail.Session!.Summary);
        Assert.Equal(2, (await Sessions.ReadAsync(Chat, 0, 10, None)).Count);
        await Sessions.AppendAsync(Chat, [User("after")], None);
        Assert.Equal(["after"], (await Sessions.TailAsync(Chat, 1000, None)).Messages.Select(message => message.Message.Text));
        Assert.False(await Sessions.ResetAsync(SessionKey.Main(AgentId.Parse("nobody")), Clock.Now, None));
    }

    [Fact]
    public async Task SaveSummaryAsync_ReplacesWhatItCoversAndNothingNewer()
    {
        await Sessions.AppendAsync(Chat, [User("1"), Assistant("2"), User("3"), Assistant("4")], None);

        await Sessions.SaveSummaryAsync(Chat, 0, 2, "first", None);
        Assert.Equal(["3", "4"], (await Sessions.TailAsync(Chat, 1000, None)).Messages.Select(message => message.Message.Text));
        await Sessions.SaveSummaryAsync(Chat, 0, 1, "older", None);
        await Sessions.SaveSummaryAsync(Chat, 0, 5, "of messages that are not there", None);
        Assert.Equal(("first", 2L), ((await Sessions.GetAsync(Chat, None))!.Summary, (await Sessions.GetAsync(Chat, None))!.SummarySeq));

        await Sessions.ResetAsync(Chat, Clock.Now, None);
        await Sessions.SaveSummaryAsync(Chat, 0, 4, "of what was reset", None);
        Assert.Null((await Sessions.GetAsync(Chat, None))!.Summary);
    }

    [Fact]
    public async Task A29_AStoredSessionWithoutAnAgent_IsMains()
    {
        await Sessions.AppendAsync(SessionKey.Main(AgentId.Parse("b")), [User("x")], None);
        await Database.WriteAsync(db => db.ExecuteAsync("INSERT INTO session (key, created_at, updated_at) VALUES ('agent:main:telegram:dm:1', 1, 1)"), None);

        Assert.Equal(["agent:main:telegram:dm:1"], (await Sessions.ListAsync([AgentId.Main], null, 10, None)).Items.Select(session => session.Key.Value));
        Assert.Equal(["agent:b:main"], (await Sessions.ListAsync([AgentId.Parse("b")], null, 10, None)).Items.Select(session => session.Key.Value));
    }

    [Fact]
    public async Task A34_OneAgentsSessions_ComeAloneNewestFirstAndInPages()
    {
        for (var n = 0; n < 30; n++)
        {
            Clock.Now += TimeSpan.FromSeconds(1);
            await Sessions.AppendAsync(SessionKey.For(AgentId.Parse(n % 3 == 0 ? "a" : $"b{n}"), "api", $"{n}"), [new(Clock.Now, new ChatMessage(ChatRole.User, "x"), MessageKind.Turn, null)], None);
        }

        var keys = new List<string>();
        string? after = null;
        do
        {
            var page = await Sessions.ListAsync([AgentId.Parse("a")], after, 4, None);
            Assert.InRange(page.Items.Count, 1, 4);
            keys.AddRange(page.Items.Select(session => session.Key.Value));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(0, 10).Select(n => $"agent:a:api:{27 - (3 * n)}"), keys);
    }

    [Fact]
    public async Task ListAsync_Pages_GiveEachSessionOnceNewestFirst()
    {
        for (var n = 0; n < 5; n++)
        {
            Clock.Now += TimeSpan.FromSeconds(n % 2);
            await Sessions.AppendAsync(SessionKey.For(AgentId.Parse(n < 4 ? "a" : "b"), "api", $"{n}"), [User("x")], None);
        }

        var first = await Sessions.ListAsync(null, null, 3, None);
        var second = await Sessions.ListAsync(null, first.Next, 3, None);

        Assert.Equal(["agent:a:api:3", "agent:b:api:4"], first.Items.Take(2).Select(session => session.Key.Value).Order());
        Assert.Equal(5, first.Items.Concat(second.Items).Select(session => session.Key).Distinct().Count());
        Assert.Null(second.Next);
        Assert.Equal(4, (await Sessions.ListAsync([AgentId.Parse("a")], null, 10, None)).Items.Count);
        Assert.Equal(5, (await Sessions.ListAsync([AgentId.Parse("a"), AgentId.Parse("b")], null, 10, None)).Items.Count);
        Assert.Empty((await Sessions.ListAsync([], null, 10, None)).Items);
    }

    [Fact]
    public async Task SearchAsync_AllWords_NewestFirstAndNeverBeyondTheAgent()
    {
        await Sessions.AppendAsync(Chat, [User("The deploy of foo.bar failed at 10:30"), Assistant("I will look at the DEPLOY's logs")], None);
        await Sessions.AppendAsync(SessionKey.For(AgentId.Main, "api", "x"), [User("deploy again, über-alles, 東京タワー")], None);
        await Sessions.AppendAsync(SessionKey.Main(AgentId.Parse("main-2")), [User("deploy of another agent")], None);

        Assert.Equal(["deploy again, über-alles, 東京タワー", "I will look at the DEPLOY's logs", "The deploy of foo.bar failed at 10:30"], await FindAsync("Deploy"));
        Assert.Equal(["The deploy of foo.bar failed at 10:30"], await FindAsync("failed DEPLOY"));
        Assert.Equal(["The deploy of foo.bar failed at 10:30"], await FindAsync("bar"));
        Assert.Single(await FindAsync("ÜBER"));
        Assert.Single(await FindAsync("東京"));
        Assert.Empty(await FindAsync("deploys"));
        Assert.Single(await FindAsync("deploy", limit: 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("'\" ) OR (")]
    [InlineData("agent : main")]
    [InlineData("agent:6d61696e")]
    [InlineData("NEAR(a b) NOT c*")]
    [InlineData("a & !b | 'c' <-> d")]
    public async Task SearchAsync_TextOfAQueryLanguage_IsWordsOrNothing(string words)
    {
        await Sessions.AppendAsync(Chat, [User("something")], None);

        Assert.Empty(await FindAsync(words));
    }

    [Fact]
    public async Task SearchAsync_TextThatPosesAsAnotherAgent_IsNotFoundThere()
    {
        await Sessions.AppendAsync(SessionKey.Main(AgentId.Parse("other")), [User($"secret {SearchWords.OfAgent("main")} agent:main")], None);

        Assert.Empty(await FindAsync("secret"));
    }

    [Fact]
    public async Task SearchAsync_HugeMessage_IsFoundByItsBeginning()
    {
        await Sessions.AppendAsync(Chat, [User("beginning " + string.Join(' ', Enumerable.Range(0, 60_000).Select(n => $"word{n}")))], None);

        Assert.Single(await FindAsync("beginning word77"));
    }

    [Fact]
    public async Task SearchAsync_ManyMessagesSinceTheLastTime_FindsEachOnceAndItsNewest()
    {
        await Sessions.AppendAsync(Chat, [.. Enumerable.Range(0, 250).Select(n => User($"note {n}")), User("!"), Result("call_1", "note of a tool")], None);
        Assert.Single(await FindAsync("note 249"));
        await Sessions.AppendAsync(Chat, [User("note 250")], None);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => FindAsync("note")));

        Assert.Equal(251, (await FindAsync("note", limit: 1000)).Count);
        Assert.Equal("note 250", (await FindAsync("note", limit: 1))[0]);
    }

    private async Task<IReadOnlyList<string>> FindAsync(string words, int limit = 10)
        => [.. (await Sessions.SearchAsync(AgentId.Main, words, limit, None)).Select(found => found.Message.Message.Text)];

    private NewSessionMessage User(string text, bool byPerson = false) => new(Clock.Now, new ChatMessage(ChatRole.User, text)) { ByPerson = byPerson };

    private NewSessionMessage Assistant(string text) => new(Clock.Now, new ChatMessage(ChatRole.Assistant, text));

    private NewSessionMessage Call(string id) => new(Clock.Now, new ChatMessage(ChatRole.Assistant, [new FunctionCallContent(id, "look")]));

    private NewSessionMessage Result(string id, string result) => new(Clock.Now, new ChatMessage(ChatRole.Tool, [new FunctionResultContent(id, result)]));
}

public sealed class SqliteSessionStoreTests : SessionStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresSessionStoreTests : SessionStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
