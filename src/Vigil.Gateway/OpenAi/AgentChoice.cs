using Vigil.Agents;
using Vigil.Api;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Routing;

namespace Vigil.Gateway.OpenAi;

/// <summary>The agent that answers, and the conversation, if there is one.</summary>
/// <param name="DecidedBy">Who chose it, in a few words.</param>
internal sealed record ChosenAgent(AgentId Agent, string DecidedBy, SessionKey? Session)
{
    /// <summary>What the answer names as its model.</summary>
    public string Model => AgentChoice.ModelOf(Agent);
}

/// <summary>Whose agent and which conversation: the model's name decides, else what the session is bound to, else selectors, routes and default.</summary>
internal sealed class AgentChoice(IAgentRegistry agents, AgentResolver resolver, IApiSessions bindings)
{
    public const string Routed = "vigil";

    private const string Prefix = "vigil/";
    private const int MostNamed = 20;
    private const string Bound = "the session, which belongs to it";

    public static string ModelOf(AgentId agent) => Prefix + agent.Value;

    /// <summary>The models that this caller may use, routed one first.</summary>
    public IEnumerable<string> ModelsFor(Caller caller) => agents.Ids().Where(caller.MaySee).Select(ModelOf).Prepend(Routed);

    /// <param name="owner">The agent that what the request continues belongs to already, if it continues something.</param>
    /// <exception cref="FaultException">No such model for this caller, a bad session, or a route that leads nowhere.</exception>
    public async Task<ChosenAgent> ChooseAsync(string? model, VigilHeaders headers, Caller caller, AgentId? owner, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(model) && model != Routed)
        {
            var named = Named(model, caller);
            return new ChosenAgent(named, $"the model's name {model}", Session(named, headers));
        }
        var (agent, decidedBy) = owner is { } continued ? (continued, "the response that it continues") : await RoutedAsync(headers, caller, cancellationToken);
        if (!caller.MaySee(agent))
            throw OutOfSight();
        agents.Find(agent).Required();
        return new ChosenAgent(agent, decidedBy, Session(agent, headers));
    }

    /// <exception cref="FaultException">There is no such model, or not for this caller.</exception>
    public AgentId Named(string model, Caller caller)
    {
        if (model.StartsWith(Prefix, StringComparison.Ordinal) && AgentId.TryParse(model[Prefix.Length..], null, out var agent) && caller.MaySee(agent) && agents.Exists(agent))
        {
            agents.Find(agent).Required();
            return agent;
        }
        var known = ModelsFor(caller).Take(MostNamed + 1).ToList();
        var shown = string.Join(", ", known.Take(MostNamed)) + (known.Count > MostNamed ? ", …" : "");
        throw new FaultException(new Fault("model_not_found", $"There is no model '{model}'.", $"This key may use: {shown}. GET /v1/models lists them.", "model") { Kind = FaultKind.NotFound });
    }

    private async Task<(AgentId Agent, string DecidedBy)> RoutedAsync(VigilHeaders headers, Caller caller, CancellationToken cancellationToken)
    {
        if (headers.SessionId is { } known && await bindings.FindAsync(known, cancellationToken) is { } bound)
            return (bound, Bound);
        var message = new InboundMessage { Platform = "api", ChatId = headers.ChatId, UserId = headers.UserId, ThreadId = headers.ThreadId };
        var result = await resolver.ResolveAsync(message, cancellationToken: cancellationToken);
        var agent = result.Required();
        // A caller that may not see the agent does not bind a session to it either.
        if (headers.SessionId is not { } session || !caller.MaySee(agent))
            return (agent, result.Words);
        Session(agent, headers);
        // Another request may have bound it meanwhile.
        var first = await bindings.BindAsync(session, agent, cancellationToken);
        return (first, first == agent ? result.Words : Bound);
    }

    private static SessionKey? Session(AgentId agent, VigilHeaders headers)
    {
        if (headers.SessionId is not { } id)
            return null;
        var key = SessionKeys.ForApi(agent, id);
        return key.Fault is { } fault ? throw new FaultException(fault with { Code = "bad_header", Parameter = VigilHeaders.SessionIdName }) : key.Key;
    }

    private static FaultException OutOfSight() => new(new Fault(
        "agent_not_allowed", "This key may not use the agent that this request leads to.", "Name one that it may use: GET /v1/models lists them.", "model") { Kind = FaultKind.Forbidden });
}
