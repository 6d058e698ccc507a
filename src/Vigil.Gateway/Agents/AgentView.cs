using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Cron;
using Vigil.Gateway.Routes;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Time;

namespace Vigil.Gateway.Agents;

/// <summary>An agent as the list shows it.</summary>
/// <param name="State">ok; stale: agent.json is broken and the last good one is in force; broken: it cannot serve.</param>
/// <param name="Problem">What is wrong, with file, line and key.</param>
/// <param name="Model">provider/model in force; null when there is none.</param>
/// <param name="Routes">How many lead to it.</param>
/// <param name="Schedules">How many it has that are not over.</param>
/// <param name="CostTodayUsd">What its calls cost since midnight in the person's zone, as far as prices are known.</param>
/// <param name="UnpricedToday">Calls today whose price is unknown.</param>
public sealed record AgentView(string Id, string? Name, bool IsDefault, string State, string? Problem, string? Model, int Routes, int Schedules, AgentBeat? Heartbeat, decimal CostTodayUsd, long UnpricedToday)
{
    internal static AgentView Of(AgentId agent, AgentLookup lookup, bool isDefault, int routes, int schedules, Beat? beat, SpendRow? spend) => new(
        agent.Value, lookup.Profile?.Name, isDefault, lookup.Profile is null ? "broken" : lookup.Broken is null ? "ok" : "stale", lookup.Broken?[0].ToString(), lookup.Profile?.Model, routes, schedules,
        lookup.Profile is { } profile ? AgentBeat.Of(profile, beat) : null, spend?.CostUsd ?? 0, spend?.UnknownCalls ?? 0);
}

/// <summary>A part of the list of agents.</summary>
/// <param name="Strays">What lies beside the agents and is none, with the reason; on the first part alone.</param>
public sealed record AgentPage(IReadOnlyList<AgentView> Items, string? Next, IReadOnlyList<string> Strays);

/// <summary>An agent's heartbeat in short.</summary>
/// <param name="LastAt">The latest slot that became a work.</param>
public sealed record AgentBeat(bool Enabled, string Every, DateTimeOffset? LastAt, DateTimeOffset? NextAt)
{
    internal static AgentBeat Of(AgentProfile profile, Beat? beat)
        => new(profile.Heartbeat.Enabled, DurationText.Format(profile.Heartbeat.Every), beat?.LastSlot, profile.Heartbeat.Enabled ? beat?.NextAt : null);
}

/// <summary>One agent with all that belongs to it.</summary>
/// <param name="Settings">The profile in force: each key, its value, and which file or layer set it. Empty while the agent is broken.</param>
/// <param name="Problems">Everything that is wrong in agent.json.</param>
/// <param name="Soul">The first lines of SOUL.md.</param>
/// <param name="Unfinished">Works that wait or run; at most 500 are counted.</param>
public sealed record AgentDetail(AgentView Agent, AgentPaths Paths, IReadOnlyList<AgentSetting> Settings, IReadOnlyList<string> Problems, IReadOnlyList<RouteView> Routes,
    IReadOnlyList<AgentSchedule> Schedules, int Unfinished, string? Soul);

/// <summary>Where an agent's files lie.</summary>
/// <param name="Secrets">Where secrets of this agent alone lie; the directory need not be there.</param>
public sealed record AgentPaths(string Directory, string Settings, string Workspace, string Secrets);

/// <summary>One value of an agent's profile.</summary>
/// <param name="From">agent.json, vigil.json, environment, command line, detected or default.</param>
public sealed record AgentSetting(string Key, JsonNode? Value, string From);

/// <summary>An agent's schedule in short.</summary>
public sealed record AgentSchedule(string Id, string Name, string Words, bool Enabled, DateTimeOffset? NextAt)
{
    internal static AgentSchedule Of(Schedule schedule)
        => new(schedule.Id, schedule.Name, schedule.ReadTime().Time?.Describe() ?? $"{schedule.When.Kind} {schedule.When.Text}", schedule.Enabled, schedule.NextAt);
}

/// <summary>What <c>POST /api/agents</c> takes.</summary>
public sealed record AgentBody
{
    /// <summary>Also the name of its directory.</summary>
    public required string Id { get; init; }

    /// <summary>Copy settings, persona, checklist and skills of this agent instead of taking the starter's.</summary>
    public string? From { get; init; }

    /// <summary>Copy the memory too; only with <see cref="From"/>.</summary>
    public bool Memory { get; init; }

    /// <summary>The text of its SOUL.md; not with <see cref="From"/>.</summary>
    public string? Soul { get; init; }
}

/// <summary>What <c>POST /api/agents/{id}/clone</c> takes.</summary>
public sealed record CloneBody
{
    public required string Id { get; init; }

    /// <summary>Copy the memory too. Sessions, secrets, inbox and ledger are never copied.</summary>
    public bool Memory { get; init; }
}

/// <summary>What went with a removed agent.</summary>
/// <param name="MovedTo">Where its files and secrets lie now.</param>
/// <param name="Works">Works that had not ended and were cancelled.</param>
public sealed record AgentRemoved(string Id, string MovedTo, int Routes, int Schedules, int Works);
