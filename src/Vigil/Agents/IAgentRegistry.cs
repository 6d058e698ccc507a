using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>The agents of this home. The directory is the agent: one that is put there or taken away is noticed within a few seconds.</summary>
public interface IAgentRegistry
{
    /// <summary>The agent's profile, or why it cannot serve: unknown (with near ids) or broken (with file and line). Loaded when first asked for and kept while its files do not change.</summary>
    AgentLookup Find(AgentId agent);

    bool Exists(AgentId agent);

    /// <summary>Ids in ordinal order, after <paramref name="after"/>; cheap also with 100,000 agents.</summary>
    IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue);

    /// <summary>Directories that are no agents, with the reason.</summary>
    IReadOnlyList<SettingsError> Strays { get; }

    /// <summary>Which file set each key of the profile: dotted key → <c>agent.json</c>, <c>vigil.json</c>, <c>environment</c>, <c>command line</c> or <c>default</c>.</summary>
    IReadOnlyDictionary<string, string> Origins(AgentId agent);

    /// <summary>Makes directory and starter files; fails with a fault when the id is illegal or taken.</summary>
    Fault? Add(AgentId agent, string? soul = null);

    /// <summary>Moves the directory aside and returns where it is now.</summary>
    string Remove(AgentId agent);
}

/// <summary>Exactly one of the three is set.</summary>
public sealed record AgentLookup
{
    public AgentProfile? Profile { get; init; }

    public Fault? Unknown { get; init; }

    public IReadOnlyList<SettingsError>? Broken { get; init; }

    /// <summary>The profile, or the fault thrown as an exception: <c>agent_not_found</c> or <c>agent_broken</c>.</summary>
    public AgentProfile Required()
        => Profile ?? throw new FaultException(Unknown ?? new Fault("agent_broken", Broken![0].ToString(), "Mend the file; vigil doctor lists everything that is wrong."));
}
