using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>The agents of this home. The directory is the agent: one that is put there or taken away is noticed within a few seconds.</summary>
public interface IAgentRegistry
{
    /// <summary>The agent's profile, or why it cannot serve: unknown (with near ids) or broken (with file and line). Loaded when first asked for and kept while its files do not change.</summary>
    AgentLookup Find(AgentId agent);

    /// <summary>As <see cref="Find"/>, but nothing is kept of an agent that nobody has asked for yet: for looks at all agents.</summary>
    AgentLookup Peek(AgentId agent) => Find(agent);

    /// <summary>Differs when the agent's file may have changed; reads no file. Null when that cannot be told.</summary>
    AgentFileMark? MarkOf(AgentId agent) => null;

    bool Exists(AgentId agent);

    /// <summary>Ids in ordinal order, after <paramref name="after"/>; cheap also with 100,000 agents.</summary>
    IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue);

    /// <summary>Directories that are no agents, with the reason.</summary>
    IReadOnlyList<SettingsError> Strays { get; }

    /// <summary>Who set each key of the profile: dotted key of agent.json → <c>agent.json</c>, <c>vigil.json</c>, <c>environment</c>, <c>command line</c>,
    /// <c>detected</c> or <c>default</c>.</summary>
    IReadOnlyDictionary<string, string> Origins(AgentId agent);

    /// <summary>Makes directory and starter files; a fault when the id is taken.</summary>
    /// <exception cref="FaultException">The home cannot be written.</exception>
    Fault? Add(AgentId agent, string? soul = null);

    /// <summary>Copies settings, persona, checklist and skills to a new agent, memory only when asked for. A fault when the source is missing or the target is there;
    /// no partial agent is ever left.</summary>
    /// <exception cref="FaultException">The home cannot be written.</exception>
    Fault? Clone(AgentId source, AgentId target, bool memory = false);

    /// <summary>Why <see cref="Remove"/> would refuse: unknown, <c>main</c>, or the default agent. Null when it would not.</summary>
    Fault? WhyNotRemove(AgentId agent);

    /// <summary>Moves the agent's directory and its secrets aside. <c>main</c> and the default agent are refused. Routes and schedules are the caller's to look after.</summary>
    /// <exception cref="FaultException">The home cannot be written.</exception>
    AgentRemoval Remove(AgentId agent);
}

/// <summary>When a file was last written, and how long it is; both are zero where there is none.</summary>
public readonly record struct AgentFileMark(DateTime ChangedAt, long Length);

/// <summary>Where the agent's files are now, or why it stays.</summary>
public sealed record AgentRemoval(string? MovedTo, Fault? Fault);

/// <summary>A profile, or the reason why there is none.</summary>
public sealed record AgentLookup
{
    public AgentProfile? Profile { get; init; }

    public Fault? Unknown { get; init; }

    /// <summary>What is wrong in agent.json. Beside a <see cref="Profile"/>: that one is the last good one and serves on.</summary>
    public IReadOnlyList<SettingsError>? Broken { get; init; }

    /// <summary>The profile, or the fault thrown as an exception: <c>agent_not_found</c> or <c>agent_broken</c>.</summary>
    public AgentProfile Required() => Profile ?? throw new FaultException(Fault!);

    /// <summary>Why there is no profile; null when there is one.</summary>
    public Fault? Fault => Profile is not null ? null
        : Unknown ?? new Fault("agent_broken", Broken![0].ToString(),
            "Mend the file; vigil doctor lists everything that is wrong.") { Kind = FaultKind.Unavailable };
}
