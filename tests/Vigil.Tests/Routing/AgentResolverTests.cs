using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Routing;
using Vigil.Tests.Settings;

namespace Vigil.Tests.Routing;

public sealed class AgentResolverTests : IDisposable
{
    private static readonly InboundMessage Telegram = new() { Platform = "telegram", ChatId = "42" };

    private readonly TempHome _home = new TempHome().Agent("coder").Agent("owl").Agent("fox")
        .Routes("""{ "routes": [ { "match": { "chat_id": "7" }, "agent": "fox" }, { "match": { "platform": "telegram" }, "agent": "coder" } ] }""");
    private readonly EventList _events = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A46_NoRoute_GoesToTheDefault()
    {
        var result = await Resolve(new InboundMessage { Platform = "slack", ChatId = "1" });
        Assert.Equal((AgentId.Main, "default"), (result.Required(), result.Decision));
    }

    [Fact]
    public async Task A46_NamedDefault_Answers()
    {
        _home.Settings("""{ "defaultAgent": "owl" }""");
        Assert.Equal("owl", (await Resolve(new InboundMessage { Platform = "slack" })).Required().Value);
    }

    [Fact]
    public async Task A46_DefaultThatVanished_IsAFaultWithTheFixToPaste()
    {
        _home.Settings("""{ "defaultAgent": "owl" }""");
        Assert.True(_home.Agents.Exists(AgentId.Parse("owl")));
        Directory.Delete(_home.Home.AgentDirectory(AgentId.Parse("owl")), recursive: true);
        _home.Wait();
        var fault = (await Resolve(new InboundMessage { Platform = "slack" })).Fault!;
        Assert.Equal("no_default_agent", fault.Code);
        Assert.Contains("\"defaultAgent\": \"main\"", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A44_RouteToAVanishedAgent_IsAFaultAndNeverTheDefault()
    {
        Assert.Equal("coder", (await Resolve(Telegram)).Required().Value);
        Directory.Delete(_home.Home.AgentDirectory(AgentId.Parse("coder")), recursive: true);
        _home.Wait();
        Assert.Equal("route_to_unknown_agent", (await Resolve(Telegram)).Fault!.Code);
        Assert.Equal("agent.route-failed", Assert.Single(_events.Written).Type);
    }

    [Fact]
    public async Task A47_Explain_SaysWhyEarlierRoutesFailed()
    {
        var result = await Resolver().ResolveAsync(Telegram, explain: true);
        Assert.Equal((1, "route 1"), (result.RouteIndex, result.Decision));
        Assert.Equal(["chat_id is 42, the route wants 7", null], result.Verdicts.Select(verdict => verdict.WhyNot));
    }

    [Fact]
    public async Task A51_Selector_WinsOverTheRouteAndBlanksLeaveIt()
    {
        Assert.Equal("selector Fixed", (await Resolve(Telegram, new Fixed("owl"))).Decision);
        Assert.Equal("route 1", (await Resolve(Telegram, new Fixed(null))).Decision);
        Assert.Equal("route 1", (await Resolve(Telegram, new Fixed("  "))).Decision);
    }

    [Fact]
    public async Task A52_SeveralSelectors_TheFirstThatNamesOneWins()
        => Assert.Equal("owl", (await Resolve(Telegram, new Fixed(null), new Fixed(" owl "), new Fixed("fox"))).Required().Value);

    [Fact]
    public async Task A53_Selector_SeesTheMessageAndWhatRoutesWouldChoose()
    {
        var selector = new Fixed(null);
        await Resolve(Telegram, selector);
        Assert.Equal(new SelectorQuestion(Telegram, AgentId.Parse("coder"), "route"), selector.Asked);
    }

    [Fact]
    public async Task A54_SelectorThatNamesAnUnknownAgent_IsAFaultAndAnEvent()
    {
        var result = await Resolve(Telegram, new Fixed("ghost"), new Fixed("owl"));
        Assert.Equal("selector_failed", result.Fault!.Code);
        Assert.Throws<FaultException>(() => result.Required());
        Assert.Equal("selector_failed", Assert.Single(_events.Written).Payload!.Value.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A54_SelectorThatThrows_IsAFaultAndAnEvent()
    {
        Assert.Equal("selector_failed", (await Resolve(Telegram, new Throwing())).Fault!.Code);
        Assert.Single(_events.Written);
    }

    [Fact]
    public async Task A54_SelectorThatHangs_IsAFaultAfterItsLimit()
    {
        Assert.NotNull(_home.Opened);
        var resolving = Resolve(Telegram, new Hanging()).AsTask();
        // The monitor's own timer, and the limit.
        await _home.Clock.WaitForTimersAsync(2);
        _home.Clock.Advance(AgentResolver.SelectorLimit);
        Assert.Contains("5 seconds", (await resolving).Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A55_NamedAgentOrSession_AsksNeitherSelectorsNorRoutes()
    {
        var selector = new Fixed("fox");
        Assert.Equal(("owl", "caller"), await Decided(Telegram with { NamedAgent = "owl" }, selector));
        Assert.Equal(("owl", "caller"), await Decided(Telegram with { SessionKey = SessionKey.Main(AgentId.Parse("owl")) }, selector));
        Assert.Null(selector.Asked);
    }

    [Fact]
    public async Task A55_NamedAgentThatDoesNotExist_IsNotFoundWithTheNearOne()
    {
        var fault = (await Resolve(Telegram with { NamedAgent = "codr" })).Fault!;
        Assert.Equal(("agent_not_found", FaultKind.NotFound), (fault.Code, fault.Kind));
        Assert.Contains("coder", fault.Hint, StringComparison.Ordinal);
        Assert.Equal("agent_not_found", (await Resolve(Telegram with { NamedAgent = "No Agent" })).Fault!.Code);
    }

    [Fact]
    public async Task A55_SessionOfAnotherAgent_IsRefused()
        => Assert.Equal("session_of_other_agent", (await Resolve(Telegram with { NamedAgent = "owl", SessionKey = SessionKey.Main(AgentId.Main) })).Fault!.Code);

    private AgentResolver Resolver(params IAgentSelector[] selectors)
        => new(_home.Agents, _home.Opened.Routes, _home.Monitor, _home.Clock, selectors, _events);

    private ValueTask<RouteResult> Resolve(InboundMessage message, params IAgentSelector[] selectors) => Resolver(selectors).ResolveAsync(message);

    private async Task<(string, string)> Decided(InboundMessage message, params IAgentSelector[] selectors)
    {
        var result = await Resolve(message, selectors);
        return (result.Required().Value, result.DecidedBy);
    }

    private sealed class Fixed(string? word) : IAgentSelector
    {
        public SelectorQuestion? Asked { get; private set; }

        public ValueTask<string?> SelectAsync(SelectorQuestion question, CancellationToken cancellationToken)
        {
            Asked = question;
            return ValueTask.FromResult(word);
        }
    }

    private sealed class Throwing : IAgentSelector
    {
        public ValueTask<string?> SelectAsync(SelectorQuestion question, CancellationToken cancellationToken) => throw new InvalidOperationException("broken selector");
    }

    private sealed class Hanging : IAgentSelector
    {
        public async ValueTask<string?> SelectAsync(SelectorQuestion question, CancellationToken cancellationToken)
            => await new TaskCompletionSource<string?>().Task;
    }

    private sealed class EventList : IEventLog
    {
        public List<NewEvent> Written { get; } = [];

        public Task<IReadOnlyList<long>> AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        {
            Written.AddRange(events);
            return Task.FromResult<IReadOnlyList<long>>([.. events.Select((_, i) => (long)i)]);
        }

        public Task<IReadOnlyList<VigilEvent>> ReadAsync(long after, int limit, EventFilter? filter, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<EventPart> ReadPartAsync(long after, int limit, EventFilter? filter, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<EventRange> RangeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task WaitAsync(long after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> PruneAsync(DateTimeOffset before, long keep, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
