using Vigil.Agents;

namespace Vigil.Tools.Shell;

/// <summary>
/// Programs in the background, one row each from before the start until the agent was told of the end. The row is the claim: whoever finds it gone or ended by
/// another says nothing.
/// </summary>
public interface ICommandStore
{
    /// <summary>False, and nothing written, when as many of the agent's run already.</summary>
    Task<bool> AddAsync(BackgroundCommand command, int most, CancellationToken cancellationToken);

    /// <summary>Keeps what the agent is to be told. False when the row is gone or has a report already.</summary>
    Task<bool> EndAsync(string id, string report, CancellationToken cancellationToken);

    /// <summary>Forgets a command: the agent was told, or wants to hear nothing of it. Who runs it stops it.</summary>
    Task<bool> RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>The agent's commands, the first started first.</summary>
    Task<IReadOnlyList<BackgroundCommand>> OfAgentAsync(AgentId agent, CancellationToken cancellationToken);

    /// <summary>Commands that run on a node, without those that have ended.</summary>
    Task<IReadOnlyList<BackgroundCommand>> OfNodeAsync(string node, CancellationToken cancellationToken);

    /// <summary>Commands that ended and whose agents were not told yet, and those of nodes that are not among the living.</summary>
    Task<IReadOnlyList<BackgroundCommand>> LeftAsync(IReadOnlyCollection<string> living, CancellationToken cancellationToken);
}

/// <param name="Line">Program and arguments, for people to read.</param>
/// <param name="Report">What the agent is to be told of its end; null while it runs.</param>
public sealed record BackgroundCommand(string Id, AgentId Agent, string Node, string Line, DateTimeOffset StartedAt, string? Report = null);
