using NodaTime;
using NodaTime.Text;

namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>What a field for a local time sends. It is one of the person's zone, as every time that the dashboard shows.</summary>
internal static class TypedTime
{
    private static readonly LocalDateTimePattern[] s_patterns =
        [LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm"), LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss")];

    /// <summary>Null when the text is no local time.</summary>
    public static DateTimeOffset? In(DateTimeZone zone, string text)
    {
        foreach (var pattern in s_patterns)
            if (pattern.Parse(text) is { Success: true } parsed)
                return zone.AtLeniently(parsed.Value).ToDateTimeOffset();
        return null;
    }
}
