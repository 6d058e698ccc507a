using Vigil.Agents;

namespace Vigil.State;

/// <summary>Small durable facts of an agent that belong to one feature: when a check was last done, what a probe last saw, a pause.</summary>
public interface IStateStore
{
    Task<string?> GetAsync(AgentId agent, string area, string key, CancellationToken cancellationToken);

    Task<IReadOnlyDictionary<string, string>> AllAsync(AgentId agent, string area, CancellationToken cancellationToken);

    /// <summary>Two areas in one look.</summary>
    Task<(IReadOnlyDictionary<string, string> One, IReadOnlyDictionary<string, string> Other)> BothAsync(AgentId agent, string one, string other, CancellationToken cancellationToken);

    Task ApplyAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken);
}

/// <param name="Json">The new value; null removes the key.</param>
public sealed record StateChange(AgentId Agent, string Area, string Key, string? Json);
