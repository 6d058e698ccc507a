using System.Globalization;
using NodaTime;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Diagnosis;

/// <summary>The clock and the rules of time zones.</summary>
internal sealed class ClockCheck(SettingsInputs inputs, TimeProvider time) : IDoctorCheck
{
    /// <summary>No machine that runs this is honestly before it.</summary>
    private static readonly DateTimeOffset Earliest = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Area => "clock";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var findings = new List<Finding>();
        if (now < Earliest)
            findings.Add(Finding.Error(Area, string.Create(CultureInfo.InvariantCulture, $"the clock says {now:yyyy-MM-dd}, which cannot be"),
                "Set the clock, or start its time service (timedatectl set-ntp true)."));
        var named = SettingsCheck.Read(inputs, out _).Snapshot?.Settings.Timezone;
        var zone = named is not null && Zones.TryFind(named, out var known, out _) ? known : Zones.Host();
        var from = named is null ? "this machine's" : "as set";
        findings.Add(Finding.Ok(Area, $"{LocalText.In(Instant.FromDateTimeOffset(now), zone)}, zone {from}, zone rules {Zones.TzdbVersion}"));
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }
}

/// <summary>Whether the home can be written, and room is left.</summary>
internal sealed class DiskCheck(VigilHome home) : IDoctorCheck
{
    private const long Scarce = 1L << 30;
    private const long Lacking = 100L << 20;

    public string Area => "disk";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([Look()]);

    private Finding Look()
    {
        if (!Directory.Exists(home.Root))
            return Finding.Warn(Area, $"{home.Root} is not there yet", "vigil up makes it.");
        var trial = Path.Combine(home.Root, $".doctor-{Guid.NewGuid():n}");
        try
        {
            File.WriteAllText(trial, "");
            File.Delete(trial);
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            var fault = HomeFault.Of(home.Root, cause).Fault;
            return Finding.Error(Area, $"{home.Root} cannot be written: {HomeFault.Sentence(cause)}", fault.Hint!);
        }
        var free = new DriveInfo(home.Root).AvailableFreeSpace;
        var left = string.Create(CultureInfo.InvariantCulture, $"{free / (1024.0 * 1024 * 1024):0.0} GiB free at {home.Root}");
        return free < Lacking ? Finding.Error(Area, left, "Free some space: the store cannot grow.")
            : free < Scarce ? Finding.Warn(Area, left, "Free some space soon.")
            : Finding.Ok(Area, left);
    }
}
