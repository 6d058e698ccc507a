using Vigil.Agents;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>Every agent's settings, directories that are no agents, and keys that agents need and do not have.</summary>
internal sealed class AgentsCheck(SettingsInputs inputs, IProviders providers) : IDoctorCheck
{
    /// <summary>More of the same would hide the rest.</summary>
    private const int Shown = 50;

    public string Area => "agents";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        if (SettingsCheck.Read(inputs, out var agents) is not { Snapshot: { } snapshot })
            return Task.FromResult<IReadOnlyList<Finding>>([Finding.Warn(Area, "not looked at, because vigil.json is broken", "Mend vigil.json first.")]);
        var findings = agents.Strays.Select(stray => Finding.Warn(Area, stray.ToString(), "Rename it, or move it out of agents/.")).ToList();
        var reader = new ProfileReader(inputs.Home);
        var links = new WorkspaceLinks(inputs.Home);
        foreach (var agent in agents.Ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            findings.AddRange(LookAt(agent, snapshot, agents, reader, links));
        }
        if (findings.Count == 0)
            findings.Add(Finding.Ok(Area, agents.Ids.Count == 1 ? "main is fine" : $"{agents.Ids.Count} agents are fine"));
        if (findings.Count > Shown)
            findings = [.. findings.OrderByDescending(finding => finding.Level).Take(Shown),
                Finding.Warn(Area, $"and {findings.Count - Shown} more findings", "Mend these first.")];
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    private IEnumerable<Finding> LookAt(AgentId agent, SettingsSnapshot snapshot, AgentDirectories agents, ProfileReader reader, WorkspaceLinks links)
    {
        if (links.Problem(agent) is { } shared)
            yield return Finding.Error(Area, shared.ToString(), "Until then the agent does not serve.");
        var file = new WatchedFile(inputs.Home.AgentFile(agent));
        ProfileReading reading;
        try
        {
            file.Refresh();
            reading = reader.Read(snapshot, agent, file.Content);
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            reading = new ProfileReading(null, [file.Unreadable(cause)]);
        }
        foreach (var error in reading.Errors)
            yield return Finding.Error(Area, error.ToString(), "Mend it; the agent serves on with its last good settings, or not at all.");
        if (reading.Profile is not { } profile)
            yield break;
        foreach (var other in profile.MayAsk.Where(other => !agents.Exists(AgentId.Parse(other))))
            yield return Finding.Warn(Area, $"{file.Path}: mayAsk names the unknown agent '{other}'",
                agents.Near(other) is { } near ? $"Did you mean {near}?" : "Take it out.");
        string?[] models = [profile.Model, profile.Heartbeat.Model, profile.Heartbeat.Escalate, .. profile.Fallbacks];
        foreach (var model in models.OfType<string>().Select(ModelName.Parse).DistinctBy(model => model.Provider))
        {
            if (providers.Find(model.Provider, profile).Problem is { } problem)
                yield return Finding.Error(Area, problem, $"Agent {agent} cannot use {model} until then.");
        }
    }
}
