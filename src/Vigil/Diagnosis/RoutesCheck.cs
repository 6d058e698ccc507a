using Vigil.Routing;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>routes.json as it stands now: errors, and routes that no message ever reaches.</summary>
internal sealed class RoutesCheck(SettingsInputs inputs) : IDoctorCheck
{
    public string Area => "routes";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        SettingsCheck.Read(inputs, out var agents);
        var file = new WatchedFile(inputs.Home.RoutesFile);
        file.Refresh();
        var (table, errors) = new RoutesReader(file.Path, agents).Read(file.Content);
        var findings = errors.Select(error => Finding.Error(Area, error.ToString(), "Mend it; the last good routes stay in force as a whole.")).ToList();
        foreach (var entry in table?.Entries.Where(entry => entry.ShadowedBy is not null) ?? [])
            findings.Add(Finding.Warn(
                Area,
                $"{file.Path}:{entry.Line}: route {entry.Index} is never reached, route {entry.ShadowedBy} takes all its messages: {entry.Route}",
                $"Move it before route {entry.ShadowedBy}, or remove it."));
        if (findings.Count == 0)
            findings.Add(Finding.Ok(Area, table!.Entries.Count == 0 ? "no routes, everything goes to the default agent" : table.Entries.Count == 1 ? "the route is fine" : $"{table.Entries.Count} routes are fine"));
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }
}
