using Vigil.Agents;

namespace Vigil.Api;

/// <summary>Which agent a session belongs to that an API caller named without naming an agent. The first use decides, for good.</summary>
public interface IApiSessions
{
    Task<AgentId?> FindAsync(string session, CancellationToken cancellationToken);

    /// <summary>The agent that the session belongs to from now on: the given one, or whoever was first.</summary>
    Task<AgentId> BindAsync(string session, AgentId agent, CancellationToken cancellationToken);
}
