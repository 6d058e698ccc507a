using System.ComponentModel;

namespace Vigil.Settings;

/// <summary><c>heartbeat</c>, of the gateway or of one agent.</summary>
public sealed record HeartbeatSettings
{
    [Description("Whether agents wake by themselves.")]
    public bool Enabled { get; init; } = true;

    [Description("Time from slot to slot.")]
    [AtLeast("1m", Hint = "To turn the heartbeat off write \"enabled\": false.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(30);

    [Description("provider/model of beats; without it the agent's own.")]
    [Text(TextFormat.Model)]
    public string? Model { get; init; }

    [Description("provider/model that a beat may hand over to.")]
    [Text(TextFormat.Model)]
    public string? Escalate { get; init; }

    [Description("How often a day a beat may hand over.")]
    [Bounds(0, 10_000)]
    public int EscalatePerDay { get; init; } = 6;

    [Description("Hours outside of which no beat runs; without them all day.")]
    public ActiveHoursSettings? ActiveHours { get; init; }

    [Description("What a beat knows of the conversation: light, main or isolated.")]
    public ContextMode Context { get; init; } = ContextMode.Light;

    [Description("No beat while the person wrote within this time.")]
    [AtLeast("0s")]
    public TimeSpan QuietAfterMessage { get; init; } = TimeSpan.FromMinutes(5);

    [Description("Where what a beat says goes: inbox, owner, or channel:name.")]
    [Text(TextFormat.Target)]
    public string Deliver { get; init; } = "owner";

    [Description("Wakes within this time are looked at by one beat.")]
    [AtLeast("0s")]
    public TimeSpan CoalesceWakes { get; init; } = TimeSpan.FromSeconds(2);

    [Description("Wakes of one agent in an hour; more are put off.")]
    [Bounds(1, 100_000)]
    public int WakesPerHour { get; init; } = 30;
}

/// <summary>What a beat or work knows of the conversation.</summary>
public enum ContextMode
{
    Light,
    Main,
    Isolated,
}

/// <summary><c>heartbeat.activeHours</c></summary>
public sealed record ActiveHoursSettings
{
    [Description("First minute of the window, HH:mm.")]
    [Text(TextFormat.TimeOfDay)]
    public string? Start { get; init; }

    [Description("First minute after the window, HH:mm; 24:00 is the end of the day, an end before the start lies in the next day.")]
    [Text(TextFormat.EndOfDay)]
    public string? End { get; init; }

    [Description("IANA zone of the hours; without it the agent's.")]
    [Text(TextFormat.Zone)]
    public string? Timezone { get; init; }

    [Description("Windows by weekday instead of start and end, for example { \"mon-fri\": { \"start\": \"08:00\", \"end\": \"18:00\" } }; a day without one has none.")]
    public IReadOnlyDictionary<string, HoursSettings>? Days { get; init; }
}

/// <summary>One window of a day.</summary>
public sealed record HoursSettings
{
    [Description("First minute of the window, HH:mm.")]
    [Text(TextFormat.TimeOfDay)]
    public string? Start { get; init; }

    [Description("First minute after the window, HH:mm; an end before the start lies in the next day.")]
    [Text(TextFormat.EndOfDay)]
    public string? End { get; init; }
}
