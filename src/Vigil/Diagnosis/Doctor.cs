using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>All findings, in the order of the checks.</summary>
public sealed record DoctorReport(IReadOnlyList<Finding> Findings)
{
    public bool HasErrors => Findings.Any(finding => finding.Level == FindingLevel.Error);
}

/// <summary>Runs every check side by side, each within its own limit; one that fails or hangs is a finding of its own.</summary>
public sealed class Doctor(IEnumerable<IDoctorCheck> checks, Redaction redaction, TimeProvider time)
{
    public static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(10);

    public async Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken)
    {
        var all = await Task.WhenAll(checks.Select(check => LookAsync(check, cancellationToken)));
        return new DoctorReport([.. all.SelectMany(findings => findings).Select(finding => finding with
        {
            Message = redaction.Scrub(finding.Message),
            Fix = finding.Fix is null ? null : redaction.Scrub(finding.Fix),
        })]);
    }

    private async Task<IReadOnlyList<Finding>> LookAsync(IDoctorCheck check, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CheckLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await Task.Run(() => check.LookAsync(either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [Finding.Error(check.Area, $"could not be looked at within {CheckLimit.TotalSeconds:0} seconds",
                "See whether the disk or the network hangs, then run vigil doctor again.")];
        }
        catch (Exception bad) when (bad is not OperationCanceledException)
        {
            return [Finding.Error(check.Area, $"could not be looked at: {bad.Message}", "Mend what the message names, then run vigil doctor again.")];
        }
    }
}
