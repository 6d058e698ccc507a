using Vigil.Agents;
using Vigil.Routing;
using Vigil.Tests.Settings;

namespace Vigil.Tests.Routing;

public sealed class RoutesTests : IDisposable
{
    private readonly TempHome _home = new TempHome().Agent("coder").Agent("owl");

    public void Dispose() => _home.Dispose();

    private Routes Routes => _home.Opened.Routes;

    [Fact]
    public void A36_RouteOnAPlatform_TakesThatPlatformAlone()
    {
        Load("""{ "platform": "telegram" } → coder""");
        Assert.Equal("coder", Agent(new() { Platform = "Telegram", ChatId = "1" }));
        Assert.Null(Agent(new() { Platform = "slack", ChatId = "1" }));
    }

    [Fact]
    public void A37_SeveralKeys_MustAllAgree()
    {
        Load("""{ "platform": "telegram", "chat_id": "42", "user_id": "7" } → coder""");
        Assert.Equal("coder", Agent(new() { Platform = "telegram", ChatId = "42", UserId = "7" }));
        Assert.Null(Agent(new() { Platform = "telegram", ChatId = "42", UserId = "8" }));
        Assert.Null(Agent(new() { Platform = "telegram", ChatId = "42" }));
    }

    [Fact]
    public void A38_SpecialRouteBelowAGeneralOne_IsMarkedAsNeverReached()
    {
        Load("""{ "platform": "telegram" } → coder""", """{ "platform": "telegram", "chat_id": "42" } → owl""", """{ "platform": "slack" } → owl""");
        Assert.Equal("coder", Agent(new() { Platform = "telegram", ChatId = "42" }));
        Assert.Equal([null, 0, null], Routes.Current.Entries.Select(entry => entry.ShadowedBy));
    }

    [Fact]
    public void A39_NumberInTheFile_MatchesText()
    {
        Load("""{ "platform": "telegram", "chat_id": -1001234567890123 } → coder""");
        Assert.Equal("coder", Agent(new() { Platform = "telegram", ChatId = "-1001234567890123" }));
    }

    [Fact]
    public void A40_ThreadThatDiffers_FallsThroughToTheChatsRoute()
    {
        Load("""{ "chat_id": "1", "thread_id": "9" } → owl""", """{ "chat_id": "1" } → coder""", """{ "chat_type": "group", "guild_id": "g" } → owl""", """{ "role": "admin" } → coder""");
        Assert.Equal("owl", Agent(new() { Platform = "x", ChatId = "1", ThreadId = "9" }));
        Assert.Equal("coder", Agent(new() { Platform = "x", ChatId = "1", ThreadId = "8" }));
        Assert.Equal("owl", Agent(new() { Platform = "x", ChatId = "2", ChatType = "group", GuildId = "g" }));
        Assert.Equal("coder", Agent(new() { Platform = "x", ChatId = "2", Roles = ["user", "admin"] }));
    }

    [Fact]
    public void A41_ParentChat_MatchesItsThreads()
    {
        Load("""{ "thread_id": "9" } → owl""", """{ "parent_chat_id": "1" } → coder""");
        Assert.Equal("coder", Agent(new() { Platform = "x", ChatId = "77", ParentChatId = "1" }));
        Assert.Equal("coder", Agent(new() { Platform = "x", ChatId = "1", ThreadId = "8" }));
        Assert.Equal("owl", Agent(new() { Platform = "x", ChatId = "1", ThreadId = "9" }));
        Assert.Null(Agent(new() { Platform = "x", ChatId = "1" }));
    }

    [Fact]
    public void Star_OnAThread_MeansAnyThread()
    {
        Load("""{ "platform": "x", "thread_id": "*" } → coder""", """{ "platform": "x", "thread_id": "5" } → owl""");
        Assert.Equal("coder", Agent(new() { Platform = "x", ChatId = "1", ThreadId = "5" }));
        Assert.Null(Agent(new() { Platform = "x", ChatId = "1" }));
        Assert.Equal(0, Routes.Current.Entries[1].ShadowedBy);
    }

    [Theory]
    [InlineData("""{ "routes": [ { "match": {}, "agent": "coder" } ] }""", "routes[0].match", "defaultAgent")] // A42
    [InlineData("""{ "routes": [ { "match": { "chatid": "1" }, "agent": "coder" } ] }""", "routes[0].match.chatid", "parent_chat_id")] // A43
    [InlineData("""{ "routes": [ { "match": { "chat_id": ["1"] }, "agent": "coder" } ] }""", "routes[0].match.chat_id", "neither text nor number")]
    [InlineData("""{ "routes": [ { "match": { "chat_id": {} }, "agent": "coder" } ] }""", "routes[0].match.chat_id", "neither text nor number")]
    [InlineData("""{ "routes": [ { "match": { "chat_id": " " }, "agent": "coder" } ] }""", "routes[0].match.chat_id", "blank")]
    [InlineData("""{ "routes": [ { "match": { "platform": "*" }, "agent": "coder" } ] }""", "routes[0].match.platform", "leave the key away")]
    [InlineData("""{ "routes": [ { "match": { "chat_id": "1" }, "agent": " " } ] }""", "routes[0].agent", "no agent id")]
    [InlineData("""{ "routes": [ { "match": { "chat_id": "1" } } ] }""", "routes[0].agent", "missing")]
    [InlineData("""{ "routes": [ { "match": { "chat_id": "1" }, "agent": "codr" } ] }""", "routes[0].agent", "unknown agent")] // A44
    [InlineData("""{ "routes": [ { "match": { "chat_id": "1" }, "agent": "coder", "note": "x" } ] }""", "routes[0].note", "match, agent")]
    [InlineData("""{ "routes": [ "coder" ] }""", "routes[0]", "no route")]
    [InlineData("""{ "routes": {} }""", "routes", "no list")]
    [InlineData("""{ }""", "routes", "missing")]
    [InlineData("""[ ]""", "", "object")]
    public void A42ToA45_BrokenFileAtFirstStart_RefusesWithFileLineAndKey(string json, string key, string said)
    {
        var fault = _home.Routes(json).OpeningFault();
        Assert.Contains($"{_home.Home.RoutesFile}:1:", fault.Message, StringComparison.Ordinal);
        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A43_FileThatBreaksLater_KeepsTheLastGoodRoutesAsAWhole()
    {
        Load("""{ "platform": "telegram" } → coder""");
        _home.Routes("""{ "routes": [ { "match": { "platform": "telegram" }, "agent": "owl" }, { "match": { "platfrm": "x" }, "agent": "owl" } ] }""");
        _home.Wait();
        Assert.Equal("coder", Agent(new() { Platform = "telegram", ChatId = "1" }));
        Assert.Equal("routes[1].match.platfrm", Assert.Single(_home.Monitor.Errors).Key);
        _home.Routes("""{ "routes": [ { "match": { "platform": "telegram" }, "agent": "owl" } ] }""");
        _home.Wait();
        Assert.Equal("owl", Agent(new() { Platform = "telegram", ChatId = "1" }));
        Assert.Empty(_home.Monitor.Errors);
    }

    [Fact]
    public void A44_RefusedRoute_IsTakenOnceItsAgentIsThere()
    {
        Assert.Empty(Routes.Current.Entries);
        _home.Routes("""{ "routes": [ { "match": { "platform": "x" }, "agent": "later" } ] }""");
        _home.Wait();
        Assert.Empty(Routes.Current.Entries);
        _home.Agent("later");
        _home.Wait();
        Assert.Equal("later", Agent(new() { Platform = "x" }));
    }

    [Fact]
    public void A48_AddAndRemove_HoldForTheNextMessageAndOverARestart()
    {
        Assert.Null(Add("coder", null, ("platform", "telegram")).Fault);
        Assert.Null(Add("owl", 0, ("platform", "telegram"), ("chat_id", "42")).Fault);
        Assert.Equal("owl", Agent(new() { Platform = "telegram", ChatId = "42" }));
        using (var again = new Vigil.Settings.HomeSettings(_home.Inputs, _home.Clock))
            Assert.Equal(["owl", "coder"], again.Routes.Current.Entries.Select(entry => entry.Route.Agent.Value));
        Assert.Null(Routes.Remove(0).Fault);
        Assert.Equal("coder", Agent(new() { Platform = "telegram", ChatId = "42" }));
        Assert.Equal("route_not_found", Routes.Remove(1).Fault!.Code);
    }

    [Fact]
    public void Add_BadRoute_IsRefusedAndNothingWritten()
    {
        Assert.Equal("route_empty", Add("coder", null).Fault!.Code);
        Assert.Equal("route_key", Add("coder", null, ("chatid", "1")).Fault!.Code);
        Assert.Equal("route_value", Add("coder", null, ("chat_id", " ")).Fault!.Code);
        Assert.Equal("agent_not_found", Add("codr", null, ("chat_id", "1")).Fault!.Code);
        Assert.Contains("coder", Add("codr", null, ("chat_id", "1")).Fault!.Hint, StringComparison.Ordinal);
        Assert.Equal("bad_position", Add("coder", 5, ("chat_id", "1")).Fault!.Code);
        Assert.False(File.Exists(_home.Home.RoutesFile));
    }

    [Fact]
    public void Add_UnreachableRoute_IsRefusedNamingTheOneAboveIt()
    {
        Load("""{ "platform": "telegram" } → coder""");
        var refused = Add("owl", null, ("platform", "telegram"), ("chat_id", "1")).Fault!;
        Assert.Equal("route_unreachable", refused.Code);
        Assert.Contains("line 1", refused.Message, StringComparison.Ordinal);
        Assert.Null(Add("owl", 0, ("platform", "telegram"), ("chat_id", "1")).Fault);
        Assert.Null(Routes.Add(new Dictionary<string, string> { ["platform"] = "telegram", ["user_id"] = "1" }, "owl", evenIfUnreachable: true).Fault);
        Assert.Equal([null, null, 1], Routes.Current.Entries.Select(entry => entry.ShadowedBy));
    }

    [Fact]
    public void Add_GeneralRouteOnTop_WarnsOfWhatItShadows()
    {
        Load("""{ "platform": "telegram", "chat_id": "1" } → coder""");
        Assert.Single(Add("owl", 0, ("platform", "telegram")).Warnings);
    }

    [Fact]
    public void Add_FileEditedByHandMeanwhile_IsNotOverwritten()
    {
        Load("""{ "platform": "telegram" } → coder""");
        _home.Routes("""{ "routes": [ { "match": { "platform": "slack" }, "agent": "owl" } ] }""");
        Assert.Equal("routes_changed", Add("coder", null, ("platform", "irc")).Fault!.Code);
        _home.Wait();
        Assert.Null(Add("coder", null, ("platform", "irc")).Fault);
        Assert.Equal("owl", Agent(new() { Platform = "slack" }));
    }

    [Fact]
    public void A65_RouteWhoseAgentIsGone_CanBeRemoved()
    {
        Load("""{ "platform": "a" } → coder""", """{ "platform": "b" } → owl""", """{ "platform": "c" } → owl""");
        Directory.Delete(_home.Home.AgentDirectory(AgentId.Parse("coder")), recursive: true);
        _home.Wait();
        var version = _home.Monitor.Version;
        Assert.Null(Routes.Remove(2).Fault);
        Assert.Equal(2, Routes.Current.Entries.Count);
        Assert.Single(_home.Monitor.Errors);
        Assert.Null(Routes.Remove(0).Fault);
        Assert.Empty(_home.Monitor.Errors);
        _home.Wait();
        Assert.True(_home.Monitor.Version > version);
    }

    [Fact]
    public void A62_RemoveAgent_TakesItsRoutes()
    {
        Load("""{ "platform": "a" } → coder""", """{ "platform": "b" } → owl""", """{ "platform": "c" } → coder""");
        Assert.Equal((2, null), Routes.RemoveAgent(AgentId.Parse("coder")));
        Assert.Equal("owl", Assert.Single(Routes.Current.Entries).Route.Agent.Value);
    }

    [Fact]
    public void Find_RandomRoutesAndMessages_IsWhatALinearSearchFinds()
    {
        const int seed = 20260105;
        var random = new Random(seed);
        string[] keys = ["platform", "account", "chat_id", "chat_type", "thread_id", "user_id", "guild_id", "parent_chat_id", "role"];
        for (var round = 0; round < 60; round++)
        {
            var routes = Enumerable.Range(0, 40).Select(_ => new Route(
                keys.Where(_ => random.Next(3) == 0).DefaultIfEmpty("platform").ToDictionary(key => key, key => key is "thread_id" or "guild_id" && random.Next(4) == 0 ? "*" : random.Next(3).ToString()),
                AgentId.Main)).ToList();
            var table = RouteTable.Of([.. routes.Select(route => (route, 1))]);
            for (var i = 0; i < 50; i++)
            {
                var message = new InboundMessage
                {
                    Platform = random.Next(3).ToString(), Account = Maybe(), ChatId = Maybe(), ChatType = Maybe(), ThreadId = Maybe(), UserId = Maybe(), GuildId = Maybe(), ParentChatId = Maybe(),
                    Roles = [random.Next(3).ToString(), random.Next(3).ToString()],
                };
                var slow = routes.FindIndex(route => route.WhyNot(message) is null);
                Assert.True((table.Find(message)?.Index ?? -1) == slow, $"seed {seed}, round {round}: {message}");
                // What is marked as never reached never decides.
                Assert.True(slow < 0 || table.Entries[slow].ShadowedBy is null, $"seed {seed}, round {round}");
            }
        }

        string? Maybe() => random.Next(3) == 0 ? null : random.Next(3).ToString();
    }

    private string? Agent(InboundMessage message) => Routes.Current.Find(message)?.Route.Agent.Value;

    private RouteChange Add(string agent, int? position, params (string Key, string Value)[] match)
        => Routes.Add(match.ToDictionary(pair => pair.Key, pair => pair.Value), agent, position);

    /// <summary>Each route as <c>{ match } → agent</c>.</summary>
    private void Load(params string[] routes)
    {
        var list = routes.Select(route => route.Split(" → ")).Select(parts => $$"""{ "match": {{parts[0]}}, "agent": "{{parts[1]}}" }""");
        _home.Routes($$"""{ "routes": [ {{string.Join(", ", list)}} ] }""");
        Assert.NotNull(Routes);
    }
}
