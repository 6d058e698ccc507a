using Vigil.Settings;

namespace Vigil.Gateway.Dashboard.Beats;

/// <summary>Active hours as people read them.</summary>
internal static class HoursText
{
    public static string Of(ActiveHoursSettings? hours, string zone)
    {
        if (hours is null)
            return "all day";
        var windows = hours.Days is { } days
            ? string.Join("; ", days.Select(day => $"{day.Key} {day.Value.Start}–{day.Value.End}"))
            : $"{hours.Start}–{hours.End}";
        return $"{windows} ({hours.Timezone ?? zone})";
    }
}
