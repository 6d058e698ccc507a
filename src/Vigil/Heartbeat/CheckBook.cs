using NodaTime;
using Vigil.Agents;
using Vigil.State;

namespace Vigil.Heartbeat;

/// <summary>What is known of one check from the beats before.</summary>
/// <param name="LastSlot">The slot at which it was last done; null when it never was.</param>
/// <param name="Day">The local day that <paramref name="DoneToday"/> counts.</param>
/// <param name="Result">How that beat came out: spoke or silent.</param>
/// <param name="Work">That beat.</param>
public sealed record CheckRecord(DateTimeOffset? LastSlot, string? Day, int DoneToday, string? Result, string? Work)
{
    public static CheckRecord Never { get; } = new(null, null, 0, null, null);

    internal Instant? LastDone => LastSlot is { } slot ? Instant.FromDateTimeOffset(slot) : null;

    internal bool IsDue(Check check, Instant slot, ActiveHours hours) => check.Cadence.IsDue(slot, LastDone, DoneOn(slot, hours.Zone), hours);

    internal Instant? NextDue(Check check, Instant now, ActiveHours hours, BeatGrid grid) => check.Cadence.NextDue(now, LastDone, DoneOn(now, hours.Zone), hours, grid);

    internal CheckRecord Done(Instant slot, DateTimeZone zone, string result, string work)
        => new(slot.ToDateTimeOffset(), DayOf(slot, zone), DoneOn(slot, zone) + 1, result, work);

    private int DoneOn(Instant at, DateTimeZone zone) => Day == DayOf(at, zone) ? DoneToday : 0;

    private static string DayOf(Instant at, DateTimeZone zone) => at.InZone(zone).Date.ToString("uuuu-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The records of an agent's checks, by check id, and those of its probes, by name and as they are stored.</summary>
internal sealed record CheckRecords(IReadOnlyDictionary<string, CheckRecord> ById, IReadOnlyDictionary<string, string> Probes)
{
    public CheckRecord Of(Check check) => ById.TryGetValue(check.Id, out var record) ? record : CheckRecord.Never;
}

/// <summary>Reads what the store knows about checks and probes. It is written in the commit of the beat that did them.</summary>
internal sealed class CheckBook(IStateStore store)
{
    public async Task<CheckRecords> ReadAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var (checks, probes) = await store.BothAsync(agent, BeatState.CheckArea, BeatState.ProbeArea, cancellationToken);
        return new CheckRecords(checks.ToDictionary(entry => entry.Key, entry => BeatState.Parse<CheckRecord>(entry.Value)!, StringComparer.Ordinal), probes);
    }
}
