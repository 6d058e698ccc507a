using Microsoft.AspNetCore.Http;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Keys;

namespace Vigil.Gateway.Auth;

/// <summary>Who asks: a key or a signed-in dashboard, what it may do and whose things it may see.</summary>
public sealed class Caller
{
    private readonly Func<CancellationToken, ValueTask<bool>> _stillGood;

    internal Caller(ApiKey? key, bool isDashboard, Func<CancellationToken, ValueTask<bool>> stillGood)
    {
        KeyId = key?.Id;
        Family = key?.Family;
        SpendPerDayUsd = key?.SpendPerDayUsd;
        IsDashboard = isDashboard;
        Scopes = key?.Scopes ?? KeyScopes.All;
        Agents = key?.Agents;
        Models = key?.Models;
        _stillGood = stillGood;
    }

    /// <summary>Two callers with the same id are the same key, or one came from the other by rotation; the owner in the dashboard is <c>owner</c>.</summary>
    public string Id => Family ?? "owner";

    /// <summary>What is spent for the caller counts here; null for the owner.</summary>
    public string? Family { get; }

    /// <summary>Null means no limit of its own.</summary>
    public decimal? SpendPerDayUsd { get; }

    /// <summary>Null for the owner, who came in by the link that the gateway printed.</summary>
    public string? KeyId { get; }

    /// <summary>A signed-in browser.</summary>
    public bool IsDashboard { get; }

    public KeyScopes Scopes { get; }

    /// <summary>Null means all.</summary>
    public IReadOnlyList<AgentId>? Agents { get; }

    /// <summary>Models that the caller may name explicitly; null means any.</summary>
    public IReadOnlyList<string>? Models { get; }

    public bool IsLimited => Agents is not null;

    public static Caller Of(HttpContext context)
        => Find(context) ?? throw new InvalidOperationException("No caller: the endpoint is open to everybody.");

    public static Caller? Find(HttpContext context) => context.Features.Get<Caller>();

    public bool MaySee(AgentId agent) => Agents is null || Agents.Contains(agent);

    public bool MaySee(string? agent) => Agents is null || (AgentId.TryParse(agent, null, out var id) && Agents.Contains(id));

    /// <summary>The same answer as for an agent that does not exist: a limited key learns nothing of others.</summary>
    /// <exception cref="FaultException">The agent is out of the caller's sight.</exception>
    public void Require(AgentId agent)
    {
        if (!MaySee(agent))
            throw new FaultException(NoSuchAgent(agent.Value));
    }

    /// <param name="parameter">Where the caller named it.</param>
    /// <exception cref="FaultException">The key may not name this model.</exception>
    public void RequireModel(string? model, string parameter = "model")
    {
        if (model is not null && Models is { } allowed && !allowed.Contains(model))
        {
            throw new FaultException(new Fault("model_not_allowed", $"This key may not name the model '{model}'.", $"It may name: {string.Join(", ", allowed)}.", parameter)
            {
                Kind = FaultKind.Forbidden,
            });
        }
    }

    public static Fault NoSuchAgent(string agent) => new("agent_not_found", $"There is no agent '{agent}'.", AgentId.IsLegal(agent) ? "GET /api/agents lists those that there are." : $"{AgentId.HintFor(agent)} GET /api/agents lists those that there are.", "agent") { Kind = FaultKind.NotFound };

    /// <summary>False once the key was revoked or ran out, or the session was closed.</summary>
    internal ValueTask<bool> StillGoodAsync(CancellationToken cancellationToken) => _stillGood(cancellationToken);
}
