using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;

namespace Vigil.Tests.Tools;

public sealed class SessionSearchToolTests
{
    [Fact]
    public async Task A18_OnlyTheAgentsOwnSessionsExistForIt()
    {
        var store = new FakeSessions { Hits = { Hit("alice", "the code of alice"), Hit("main", "the code of main") } };
        var result = await ToolBed.CallAsync(new SessionSearchTool(new Lazy<ISessionStore>(store)), new { words = "code", limit = 99 });
        Assert.Contains("the code of main", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", result.Text, StringComparison.Ordinal);
        Assert.Equal((AgentId.Main, "code", 30), store.Asked);
    }

    [Fact]
    public async Task Search_LongMessage_IsShownAroundTheWord()
    {
        var store = new FakeSessions { Hits = { Hit("main", new string('a', 5000) + " needle " + new string('b', 5000)) } };
        var result = await ToolBed.CallAsync(new SessionSearchTool(new Lazy<ISessionStore>(store)), new { words = "needle" });
        Assert.Contains("needle", result.Text, StringComparison.Ordinal);
        Assert.True(result.Text.Length < 800);
    }

    private static (SessionKey, SessionMessage) Hit(string agent, string text)
        => (SessionKey.Main(AgentId.Parse(agent)), new SessionMessage(1, DateTimeOffset.UnixEpoch, new ChatMessage(ChatRole.User, text), MessageKind.Turn, null, null));

    private sealed class FakeSessions : ISessionStore
    {
        public List<(SessionKey, SessionMessage)> Hits { get; } = [];

        public (AgentId, string, int) Asked { get; private set; }

        public Task<IReadOnlyList<(SessionKey Key, SessionMessage Message)>> SearchAsync(AgentId agent, string words, int limit, CancellationToken cancellationToken)
        {
            Asked = (agent, words, limit);
            return Task.FromResult<IReadOnlyList<(SessionKey, SessionMessage)>>(Hits);
        }

        public Task AppendAsync(SessionKey key, IReadOnlyList<NewSessionMessage> messages, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<SessionTail> TailAsync(SessionKey key, int maxCharacters, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Session?> GetAsync(SessionKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Page<Session>> ListAsync(IReadOnlyCollection<AgentId>? agents, string? after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<SessionMessage>> ReadAsync(SessionKey key, long after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> ResetAsync(SessionKey key, DateTimeOffset at, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task SaveSummaryAsync(SessionKey key, long resetSeq, long upTo, string summary, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
