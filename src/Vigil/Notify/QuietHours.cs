using NodaTime;
using Vigil.Heartbeat;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Notify;

/// <summary>The person's time of rest: nothing but what is urgent or was asked for is pushed in it.</summary>
public sealed class QuietHours
{
    private readonly ActiveHours? _hours;

    private QuietHours(ActiveHours? hours) => _hours = hours;

    /// <summary>No rest was set.</summary>
    public static QuietHours None { get; } = new(null);

    /// <summary>Where the person sleeps and counts the day, in whatever zone an agent works.</summary>
    internal static DateTimeZone PersonsZone(VigilSettings settings) => Zones.TryFind(settings.Timezone, out var zone, out _) ? zone : Zones.Host();

    /// <summary>Reads settings, on the wall clock of the person's zone.</summary>
    public static (QuietHours? Quiet, IReadOnlyList<HoursProblem> Problems) Read(HoursSettings? settings, DateTimeZone zone)
    {
        if (settings is null)
            return (None, []);
        var reading = ActiveHours.Read(new ActiveHoursSettings { Start = settings.Start, End = settings.End }, zone);
        return (reading.Hours is null ? null : new QuietHours(reading.Hours), reading.Problems);
    }

    public bool Contains(Instant instant) => _hours is not null && _hours.Contains(instant);

    /// <summary>When the rest that holds at an instant ends; the instant itself when none holds, null when it never ends.</summary>
    public Instant? EndsAt(Instant instant) => _hours is null ? instant : _hours.NextClosing(instant);
}
