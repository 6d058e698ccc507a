using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Vigil.Settings;

/// <summary><c>notify</c>: when agents may speak, and where to.</summary>
public sealed record NotifySettings
{
    [Description("Targets that \"owner\" stands for, for example [\"webhook:phone\"]; the inbox always has everything.")]
    [Text(TextFormat.Target, Example = "webhook:phone")]
    public IReadOnlyList<string> Owner { get; init; } = [];

    [Description("Channels: kind, then name, then the channel's own settings.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonObject>> Channels { get; init; }
        = new Dictionary<string, IReadOnlyDictionary<string, JsonObject>>();

    [Description("The same thing is not said twice within this time.")]
    [AtLeast("0s")]
    public TimeSpan DedupWindow { get; init; } = TimeSpan.FromHours(24);

    [Description("Notifications pushed in a day; more are held for the digest.")]
    [Bounds(0, 100_000)]
    public int PerDay { get; init; } = 12;

    [Description("Urgent notifications pushed in a day beyond perDay.")]
    [Bounds(0, 100_000)]
    public int UrgentPerDay { get; init; } = 6;

    [Description("Hours in which only what is urgent or asked for is pushed, in the person's zone.")]
    public HoursSettings? QuietHours { get; init; }

    [Description("When what the nag limit held back is sent as one digest, in the person's zone.")]
    [Text(TextFormat.TimeOfDay, Example = "18:00")]
    public string Digest { get; init; } = "18:00";
}
