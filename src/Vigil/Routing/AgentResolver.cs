using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Settings;

namespace Vigil.Routing;

/// <summary>Finds the agent of an inbound message: the caller's word, else selectors, else routes, else the default. Every way in asks here, once.</summary>
public sealed class AgentResolver(IAgentRegistry agents, Routes routes, ISettings settings, TimeProvider time,
    IEnumerable<IAgentSelector> selectors, IEventLog? events = null)
{
    /// <summary>How long one selector may think.</summary>
    public static readonly TimeSpan SelectorLimit = TimeSpan.FromSeconds(5);

    private readonly IAgentSelector[] _selectors = [.. selectors];

    /// <param name="explain">Also say why each route did not match.</param>
    public async ValueTask<RouteResult> ResolveAsync(InboundMessage message, bool explain = false, CancellationToken cancellationToken = default)
    {
        if (Named(message) is { } named)
            return named;
        var result = ByRoutes(message, explain);
        foreach (var selector in _selectors)
        {
            var (word, fault) = await AskAsync(selector, message, result, cancellationToken);
            if (fault is null && word is null)
                continue;
            var chosen = result with { DecidedBy = "selector", Selector = selector.Name, Fault = fault };
            if (fault is null && (!AgentId.TryParse(word, null, out var id) || !agents.Exists(id)))
                chosen = chosen with { Fault = new Fault("selector_failed",
                    $"The selector {selector.Name} chose the unknown agent '{word}'.",
                    "Mend the selector, or add the agent.") { Kind = FaultKind.Unavailable } };
            else if (fault is null)
                chosen = chosen with { Agent = AgentId.Parse(word!) };
            await ReportAsync(message, chosen, cancellationToken);
            return chosen;
        }
        await ReportAsync(message, result, cancellationToken);
        return result;
    }

    private RouteResult? Named(InboundMessage message)
    {
        if (message.NamedAgent?.Trim() is { Length: > 0 } name)
        {
            if (!AgentId.TryParse(name, null, out var agent) || !agents.Exists(agent))
                return Caller(default) with { Fault = Unknown(name) };
            if (message.SessionKey is { } session && session.Agent != agent)
            {
                var fault = new Fault("session_of_other_agent", $"The session belongs to {session.Agent}, not to {agent}.",
                    "Name that agent, or leave one of the two away.");
                return Caller(default) with { Fault = fault };
            }
            return Caller(agent);
        }
        if (message.SessionKey is { } key)
            return agents.Exists(key.Agent) ? Caller(key.Agent) : Caller(default) with { Fault = Unknown(key.Agent.Value) };
        return null;

        static RouteResult Caller(AgentId agent) => new() { Agent = agent, DecidedBy = "caller" };
    }

    private RouteResult ByRoutes(InboundMessage message, bool explain)
    {
        var table = routes.Current;
        IReadOnlyList<RouteVerdict> verdicts = explain ? table.Explain(message) : [];
        if (table.Find(message) is { } entry)
        {
            var gone = agents.Exists(entry.Route.Agent) ? null : new Fault(
                "route_to_unknown_agent",
                $"Route {entry.Index} leads to the agent '{entry.Route.Agent}', which is gone.",
                $"Add it again (vigil agent add {entry.Route.Agent}) or remove the route (vigil route remove {entry.Index}).") { Kind = FaultKind.Unavailable };
            return new RouteResult { Agent = entry.Route.Agent, DecidedBy = "route", RouteIndex = entry.Index, Route = entry.Route, Verdicts = verdicts, Fault = gone };
        }
        var name = settings.Current.DefaultAgent;
        return AgentId.TryParse(name, null, out var id) && agents.Exists(id)
            ? new RouteResult { Agent = id, DecidedBy = "default", Verdicts = verdicts }
            : new RouteResult
            {
                DecidedBy = "default",
                Verdicts = verdicts,
                Fault = new Fault("no_default_agent", $"No route matches, and the default agent '{name}' does not exist.",
                    "Put \"defaultAgent\": \"main\" into vigil.json.") { Kind = FaultKind.Unavailable },
            };
    }

    private async ValueTask<(string? Word, Fault? Fault)> AskAsync(IAgentSelector selector, InboundMessage message, RouteResult would,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(SelectorLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var question = new SelectorQuestion(message, would.Fault is null ? would.Agent : null, would.DecidedBy);
            // On a thread of its own: a selector that blocks instead of awaiting must not hold up its caller beyond the limit.
            var word = await Task.Run(() => selector.SelectAsync(question, either.Token).AsTask(), either.Token).WaitAsync(either.Token);
            return (string.IsNullOrWhiteSpace(word) ? null : word.Trim(), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (null, Failed($"did not answer within {SelectorLimit.TotalSeconds:0} seconds"));
        }
        catch (Exception bad)
        {
            return (null, Failed($"failed with {bad.GetType().Name}"));
        }

        Fault Failed(string how) => new("selector_failed", $"The selector {selector.Name} {how}, so no agent may read the message.",
            "Mend the selector; its log has the cause.") { Kind = FaultKind.Unavailable };
    }

    private async ValueTask ReportAsync(InboundMessage message, RouteResult result, CancellationToken cancellationToken)
    {
        if (result.Fault is null || events is null)
            return;
        var payload = NewEvent.Json(new { platform = message.Platform, chat = message.ChatId, decidedBy = result.DecidedBy,
            selector = result.Selector, route = result.RouteIndex, code = result.Fault.Code, message = result.Fault.Message });
        await events.AppendAsync([new NewEvent(time.GetUtcNow(), EventTypes.AgentRouteFailed, "gateway", Payload: payload)], cancellationToken);
    }

    private Fault Unknown(string name)
        => AgentId.TryParse(name, null, out var id)
            ? agents.Find(id).Fault ?? new Fault("agent_not_found", $"There is no agent '{name}'.") { Kind = FaultKind.NotFound }
            : new Fault("agent_not_found", $"There is no agent '{name}'.", $"An agent id is {AgentId.Rule}.") { Kind = FaultKind.NotFound };
}
