using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Gateway.Auth;

/// <summary>Narrows a list to what its caller may see.</summary>
internal static class AgentsSeen
{
    /// <param name="asked">The agent that the caller asked for, or null for all that it may see.</param>
    /// <returns>Null means every agent.</returns>
    public static IReadOnlyCollection<AgentId>? By(Caller caller, string? asked)
    {
        if (asked is null)
            return caller.Agents;
        if (!AgentId.TryParse(asked, null, out var agent) || !caller.MaySee(agent))
            throw new FaultException(Caller.NoSuchAgent(asked));
        return [agent];
    }
}
