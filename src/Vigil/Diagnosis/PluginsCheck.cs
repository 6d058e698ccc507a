using Vigil.Plugins;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>The plug-ins that vigil.json lists: whether the next start would find and load each. Nothing of them is run.</summary>
internal sealed class PluginsCheck(SettingsInputs inputs) : IDoctorCheck
{
    public string Area => "plugins";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var (snapshot, _) = SettingsCheck.Read(inputs, out _);
        if (snapshot is null)
            return Task.FromResult<IReadOnlyList<Finding>>([Finding.Warn(Area, "vigil.json is broken, so nobody knows which are listed", "Mend vigil.json first.")]);
        var files = snapshot.Settings.Plugins;
        var findings = files
            .Select((file, index) => PluginLoading.Check(inputs.Home, file, $"plugins[{index}]"))
            .OfType<Errors.Fault>()
            .Select(fault => Finding.Error(Area, fault.Message, fault.Hint ?? "docs/plugins.md says how one is made."))
            .ToList();
        if (findings.Count == 0)
            findings.Add(Finding.Ok(Area, files.Count == 0 ? "none are listed" : $"{files.Count} would be loaded: {string.Join(", ", files)}"));
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }
}
