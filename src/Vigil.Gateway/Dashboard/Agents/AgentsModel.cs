using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Agents;
using Vigil.Gateway.Routes;
using Vigil.Settings;

namespace Vigil.Gateway.Dashboard.Agents;

public sealed record AgentsModel
{
    public required IReadOnlyList<AgentView> Agents { get; init; }

    public string? Next { get; init; }

    /// <summary>What ids or names must hold; null when nothing was asked for.</summary>
    public string? Find { get; init; }

    /// <summary>There are more agents than those shown.</summary>
    public bool IsPart { get; init; }

    /// <summary>The list does not begin with the first agents.</summary>
    public bool IsLater { get; init; }

    /// <summary>The new agent that could not be made, as it was typed.</summary>
    public (string Id, string Soul)? Draft { get; init; }

    /// <summary>What lies beside the agents and is none.</summary>
    public IReadOnlyList<string> Strays { get; init; } = [];

    public required IReadOnlyList<RouteView> Routes { get; init; }

    /// <summary>Agents that a route can lead to.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Routes belong to all agents, and so does making new ones.</summary>
    public required bool MayChange { get; init; }

    /// <summary>The message that was tried, by the names of the form.</summary>
    public IReadOnlyDictionary<string, string> Tried { get; init; } = new Dictionary<string, string>();

    public RouteVerdictView? Verdict { get; init; }

    /// <summary>Why what was asked for was not done.</summary>
    public Fault? Refused { get; init; }
}

/// <summary>One agent with the form of its settings.</summary>
public sealed record AgentModel
{
    public required AgentDetail Detail { get; init; }

    /// <summary>What agent.json says of each key that can be set here.</summary>
    public required AgentFileText File { get; init; }

    /// <summary>What the form holds, when it is not what the file says.</summary>
    public IReadOnlyDictionary<string, string?>? Typed { get; init; }

    public IReadOnlyList<SettingsError> Errors { get; init; } = [];

    public Fault? Refused { get; init; }

    /// <summary>Why it must stay.</summary>
    public string? Needed { get; init; }

    public required bool MayChange { get; init; }

    public string? Value(string key) => (Typed ?? File.Values).GetValueOrDefault(key);

    /// <summary>The value in force, for a field that is empty.</summary>
    public string? Inherited(string key) => Detail.Settings.FirstOrDefault(one => one.Key == key)?.Value?.ToString();

    public IEnumerable<SettingsError> ErrorsOf(string key) => Errors.Where(error => error.Key == key);
}
