using Vigil.Agents;

namespace Vigil.Routing;

/// <summary>An extension that picks the agent of a message before routes do. One that throws, hangs or names an unknown agent is an error for that message, never a fallback.</summary>
public interface IAgentSelector
{
    /// <param name="routed">What the routes or the default would choose.</param>
    /// <returns>An agent's id; null or blank declines.</returns>
    ValueTask<string?> SelectAsync(InboundMessage message, AgentId routed, CancellationToken cancellationToken);
}
