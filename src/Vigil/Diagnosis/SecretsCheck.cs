using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>Who may read the home and its secrets.</summary>
internal sealed class SecretsCheck(VigilHome home) : IDoctorCheck
{
    public string Area => "secrets";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        if (Directory.Exists(home.Root) && PrivateFiles.OpenTo(home.Root) is { } mode)
            findings.Add(Finding.Warn(Area, $"{home.Root} is open to others (mode {PrivateFiles.Octal(mode)})", $"chmod 700 {home.Root}"));
        var paths = Directory.Exists(home.Secrets)
            ? Directory.EnumerateFileSystemEntries(home.Secrets, "*", SearchOption.AllDirectories).Prepend(home.Secrets)
            : [];
        var count = 0;
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            count++;
            if (PrivateFiles.OpenTo(path) is { } open)
                findings.Add(Finding.Error(Area, $"{path} is open to others (mode {PrivateFiles.Octal(open)})",
                    $"chmod {(Directory.Exists(path) ? "700" : "600")} {path}"));
        }
        if (findings.Count == 0)
            findings.Add(Finding.Ok(Area, count == 0 ? "there are none" : "only you can read them"));
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }
}
