using Vigil.Agents;
using Vigil.Ledger;

namespace Vigil.Gateway.Auth;

/// <summary>Turns a caller away whose key has spent its day's money, before anything is written for it.</summary>
internal sealed class SpendLimit(KeyBudget budget, IAgentRegistry agents)
{
    /// <exception cref="Vigil.Errors.FaultException">The limit is used up.</exception>
    public async Task RequireAsync(Caller caller, AgentId agent, CancellationToken cancellationToken)
    {
        // An agent that cannot be read is reported by whoever would use it.
        if (caller is { SpendPerDayUsd: { } limit, Family: { } family } && agents.Find(agent).Profile is { } profile)
            await budget.RequireAsync(family, limit, profile, cancellationToken);
    }
}
