using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>HEARTBEAT.md of each agent: a file that cannot be read, and tags that stayed text because they were not understood.</summary>
internal sealed class ChecklistsCheck(SettingsInputs inputs) : IDoctorCheck
{
    /// <summary>More of the same would hide the rest.</summary>
    private const int Shown = 20;

    public string Area => "checklists";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken) => Task.FromResult(Look(cancellationToken));

    private IReadOnlyList<Finding> Look(CancellationToken cancellationToken)
    {
        if (SettingsCheck.Read(inputs, out var agents) is not { Snapshot: { } snapshot })
            return [Finding.Warn(Area, "not looked at, because vigil.json is broken", "Mend vigil.json first.")];
        var reader = new ProfileReader(inputs.Home);
        var files = new ChecklistFile(inputs.Home);
        var findings = new List<Finding>();
        var checks = 0;
        foreach (var agent in agents.Ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ProfileOf(agent, snapshot, reader) is not { Heartbeat.Enabled: true } profile)
                continue;
            try
            {
                var checklist = files.Read(profile);
                checks += checklist.Checks.Count;
                findings.AddRange(checklist.Findings.Select(one => Finding.Warn(Area, $"{agent}, HEARTBEAT.md:{one.Line}: {one.Problem}", $"A good value: {one.GoodValue}.")));
            }
            catch (ChecklistException broken)
            {
                findings.Add(Finding.Error(Area, broken.Message, "Mend the file; until then the agent's beats fail."));
            }
            if (findings.Count >= Shown)
                return [.. findings.Take(Shown), Finding.Warn(Area, "there may be more of these", "Mend these first.")];
        }
        return findings.Count > 0 ? findings : [Finding.Ok(Area, checks == 0 ? "no checks: beats cost nothing" : $"{checks} checks are understood")];
    }

    // What is wrong with an agent's settings is said by the check of agents.
    private AgentProfile? ProfileOf(AgentId agent, SettingsSnapshot snapshot, ProfileReader reader)
    {
        var file = new WatchedFile(inputs.Home.AgentFile(agent));
        try
        {
            file.Refresh();
            return reader.Read(snapshot, agent, file.Content).Profile;
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            return null;
        }
    }
}
