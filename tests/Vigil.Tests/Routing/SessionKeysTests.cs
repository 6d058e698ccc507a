using Vigil.Agents;
using Vigil.Routing;

namespace Vigil.Tests.Routing;

public sealed class SessionKeysTests
{
    private static readonly AgentId Coder = AgentId.Parse("coder");

    [Theory]
    [InlineData("Telegram", "dm", "42", null, null, "agent:coder:telegram:dm:42")] // A27
    [InlineData("telegram", "group", "42", "9", "7", "agent:coder:telegram:group:42:9")] // A30
    [InlineData("telegram", null, null, null, "7", "agent:coder:telegram:dm:7")] // A31
    [InlineData("slack", "Channel", "C:1/2%", null, null, "agent:coder:slack:channel:C%3A1%2F2%25")] // A32
    public void A27_A31_AMessage_IsPlatformTypeChatAndThread(string platform, string? type, string? chat, string? thread, string? user, string key)
        => Assert.Equal(key, SessionKeys.For(Coder, new() { Platform = platform, ChatType = type, ChatId = chat, ThreadId = thread, UserId = user }).Required().Value);

    [Fact]
    public void A30_PeopleInOneThread_ShareItsSession()
    {
        var first = SessionKeys.For(Coder, new() { Platform = "x", ChatType = "group", ChatId = "1", ThreadId = "2", UserId = "a" });
        Assert.Equal(first, SessionKeys.For(Coder, new() { Platform = "x", ChatType = "group", ChatId = "1", ThreadId = "2", UserId = "b" }));
    }

    [Theory]
    [InlineData("x", "dm", null, null, "no_chat")] // A31
    [InlineData("x", "dm", " ", " ", "no_chat")]
    [InlineData("x", "group", null, "7", "no_chat")]
    [InlineData("a:b", "dm", "1", null, "bad_platform")]
    [InlineData("cron", "dm", "1", null, "bad_platform")] // A35
    [InlineData("x", "dm", "..", null, "bad_chat")] // A33
    [InlineData("x", "dm", "a\0b", null, "bad_chat")]
    public void A31_AMessageWithoutAConversation_IsRefused(string platform, string type, string? chat, string? user, string code)
        => Assert.Equal(code, SessionKeys.For(Coder, new() { Platform = platform, ChatType = type, ChatId = chat, UserId = user }).Fault!.Code);

    [Fact]
    public void A32_DifferentChats_NeverShareAKey()
    {
        string[] chats = ["1:2", "1%3A2", "1/2", "ab", "AB", "1", "é", "e\u0301"];
        var keys = chats.SelectMany(chat => new string?[] { null, "2", "2:3" }.Select(thread => SessionKeys.For(Coder, new() { Platform = "x", ChatId = chat, ThreadId = thread }).Required().Value));
        Assert.Equal(chats.Length * 3, keys.Distinct().Count());
    }

    [Fact]
    public void A32_TwoAccountsOfOnePlatform_HaveTheirOwnConversations()
    {
        Assert.Equal("agent:coder:telegram@work:dm:1", SessionKeys.For(Coder, new() { Platform = "telegram", Account = "work", ChatId = "1" }).Required().Value);
        Assert.Equal("agent:coder:telegram:dm:1", SessionKeys.For(Coder, new() { Platform = "telegram", Account = "default", ChatId = "1" }).Required().Value);
    }

    [Fact]
    public void For_NamedSession_IsTakenUnlessItIsAnotherAgents()
    {
        var message = new InboundMessage { Platform = "api", SessionKey = SessionKey.Main(Coder) };
        Assert.Equal("agent:coder:main", SessionKeys.For(Coder, message).Required().Value);
        Assert.Equal("session_of_other_agent", SessionKeys.For(AgentId.Main, message).Fault!.Code);
    }

    [Theory]
    [InlineData("s-1", "agent:coder:api:s-1")]
    [InlineData(" a b ", "agent:coder:api:a%20b")]
    [InlineData("ab:c", "agent:coder:api:ab%3Ac")]
    public void ForApi_SessionId_IsEscaped(string id, string key) => Assert.Equal(key, SessionKeys.ForApi(Coder, id).Required().Value);

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("c:x")]
    [InlineData("a\0")]
    [InlineData(".")]
    public void A33_UnsafeSessionId_IsRefused(string id) => Assert.Equal("bad_session", SessionKeys.ForApi(Coder, id).Fault!.Code);
}
