using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>vigil.json, environment and command line as they stand now.</summary>
internal sealed class SettingsCheck(SettingsInputs inputs) : IDoctorCheck
{
    public string Area => "settings";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var (snapshot, errors) = Read(inputs, out _);
        IReadOnlyList<Finding> findings = snapshot is null
            ? [.. errors.Select(error => Finding.Error(Area, error.ToString(), "Mend it; docs/settings.md lists every key."))]
            : [Finding.Ok(Area, File.Exists(inputs.Home.SettingsFile) ? $"{inputs.Home.SettingsFile} is fine" : "no vigil.json, the defaults are in force")];
        return Task.FromResult(findings);
    }

    internal static (SettingsSnapshot? Snapshot, IReadOnlyList<SettingsError> Errors) Read(SettingsInputs inputs, out AgentDirectories agents)
    {
        agents = new AgentDirectories(inputs.Home);
        var file = new WatchedFile(inputs.Home.SettingsFile);
        try
        {
            agents.Refresh(force: true);
            file.Refresh();
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            return (null, [file.Unreadable(cause)]);
        }
        var reading = new SettingsReader(inputs, agents).Read(file.Content, null);
        return (reading.Snapshot, reading.Errors);
    }
}
