using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Settings;

namespace Vigil.Routing;

/// <summary>Whose message it is: exactly one of <see cref="Agent"/> and <see cref="Fault"/> is set.</summary>
/// <param name="DecidedBy">caller, selector, route or default.</param>
public sealed record RouteResult(AgentId? Agent, string DecidedBy, Route? Route, Fault? Fault)
{
    /// <exception cref="FaultException">No agent answers this message.</exception>
    public AgentId Required() => Agent ?? throw new FaultException(Fault!);
}

/// <summary>One route as <c>route test</c> explains it.</summary>
/// <param name="WhyNot">Null for the one that matched.</param>
public sealed record RouteVerdict(Route Route, string? WhyNot);

/// <summary>
/// Attaches the agent to a message, once, before its session key is built: a caller who names one, else selectors, else routes in order, else the default agent.
/// </summary>
public sealed class AgentResolver(IAgentRegistry agents, RouteBook routes, IEnumerable<IAgentSelector> selectors, ISettings settings, IEventLog events, TimeProvider time, ILogger<AgentResolver> log)
{
    private static readonly TimeSpan s_selectorLimit = TimeSpan.FromSeconds(2);

    private readonly IAgentSelector[] _selectors = [.. selectors];

    public async Task<RouteResult> ResolveAsync(InboundMessage message, CancellationToken cancellationToken)
    {
        if (message.NamedAgent is { } named)
            return Existing(named, "caller", null);
        var route = routes.Table.Find(message);
        var routed = route is not null ? new RouteResult(route.Agent, "route", route, null) : Existing(settings.Current.DefaultAgent, "default", null);
        if (routed.Fault is not null)
            return routed with { Fault = new Fault("no_default_agent", $"No route matches and the default agent '{settings.Current.DefaultAgent}' does not exist.", "Set \"defaultAgent\": \"main\" in vigil.json.") };
        foreach (var selector in _selectors)
        {
            var choice = await AskAsync(selector, message, routed.Agent!.Value, cancellationToken);
            if (choice.Fault is not null || choice.Agent is not null)
                return choice;
        }
        return routed;
    }

    /// <summary>Every route up to the one that decides, and why the earlier ones did not match.</summary>
    public IReadOnlyList<RouteVerdict> Explain(InboundMessage message)
    {
        var verdicts = new List<RouteVerdict>();
        foreach (var route in routes.Table.Routes)
        {
            var why = route.WhyNot(message);
            verdicts.Add(new RouteVerdict(route, why));
            if (why is null)
                break;
        }
        return verdicts;
    }

    private async Task<RouteResult> AskAsync(IAgentSelector selector, InboundMessage message, AgentId routed, CancellationToken cancellationToken)
    {
        var name = selector.GetType().Name;
        try
        {
            using var limit = new CancellationTokenSource(s_selectorLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var chosen = await selector.SelectAsync(message, routed, either.Token).AsTask().WaitAsync(s_selectorLimit, time, cancellationToken);
            if (string.IsNullOrWhiteSpace(chosen))
                return new RouteResult(null, "selector", null, null);
            var result = Existing(chosen.Trim(), "selector", null);
            return result.Fault is null ? result : await FailedAsync(name, $"named the unknown agent '{chosen.Trim()}'", null, cancellationToken);
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            return await FailedAsync(name, failed is TimeoutException or OperationCanceledException ? $"took longer than {s_selectorLimit.TotalSeconds:0} s" : "threw", failed, cancellationToken);
        }
    }

    private async Task<RouteResult> FailedAsync(string selector, string problem, Exception? exception, CancellationToken cancellationToken)
    {
        log.LogError(exception, "The selector {Selector} {Problem}; the message is not given to any agent.", selector, problem);
        await events.AppendAsync([new NewEvent(time.GetUtcNow(), EventTypes.AgentRouteFailed, "gateway", null, null, NewEvent.Json(new { selector, problem }))], cancellationToken);
        return new RouteResult(null, "selector", null, new Fault("selector_failed", $"The selector {selector} {problem}.", "Mend or remove the extension; no other agent was given the message.") { Kind = FaultKind.Unavailable });
    }

    private RouteResult Existing(string name, string decidedBy, Route? route)
    {
        if (AgentId.TryParse(name, null, out var agent) && agents.Exists(agent))
            return new RouteResult(agent, decidedBy, route, null);
        var near = Nearest.To(name, agents.Ids(limit: 1000).Select(id => id.Value));
        return new RouteResult(null, decidedBy, route,
            new Fault("agent_not_found", $"There is no agent '{name}'.", near is null ? "vigil agent list shows those that there are." : $"Did you mean '{near}'?", "agent") { Kind = FaultKind.NotFound });
    }
}
