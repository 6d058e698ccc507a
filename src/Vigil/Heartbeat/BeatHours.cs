using System.Runtime.CompilerServices;
using NodaTime;
using Vigil.Agents;

namespace Vigil.Heartbeat;

/// <summary>The zone, hours and grid of a profile. Profiles are immutable, so each is read once.</summary>
public static class BeatHours
{
    private static readonly ConditionalWeakTable<AgentProfile, ActiveHours> s_read = [];

    public static DateTimeZone Zone(AgentProfile profile) => DateTimeZoneProviders.Tzdb[profile.Timezone];

    /// <exception cref="InvalidOperationException">The hours are malformed; settings refuse such at load.</exception>
    public static ActiveHours Of(AgentProfile profile) => s_read.GetValue(profile, static read =>
    {
        var reading = ActiveHours.Read(read.Heartbeat.ActiveHours, Zone(read));
        return reading.Hours ?? throw new InvalidOperationException($"heartbeat.activeHours.{reading.Problems[0].Key} {reading.Problems[0].Problem}");
    });

    public static BeatGrid Grid(AgentProfile profile) => new(profile.Id, Duration.FromTimeSpan(profile.Heartbeat.Every));
}
