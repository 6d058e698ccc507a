using System.Diagnostics.CodeAnalysis;
using NodaTime;
using NodaTime.TimeZones;
using Vigil.Errors;

namespace Vigil.Time;

/// <summary>IANA zones, by the rules built into the gateway and not those of the host, so that all nodes agree.</summary>
public static class Zones
{
    private static readonly HashSet<string> Known = new(DateTimeZoneProviders.Tzdb.Ids, StringComparer.Ordinal);

    /// <summary>The version of the zone rules, for example <c>2026b</c>.</summary>
    public static string TzdbVersion => TzdbDateTimeZoneSource.Default.TzdbVersion;

    /// <summary>The zone of that exact IANA name; otherwise <paramref name="problem"/> lists near spellings.</summary>
    public static bool TryFind(string? id, [NotNullWhen(true)] out DateTimeZone? zone, [NotNullWhen(false)] out string? problem)
    {
        // The provider would also make zones of texts such as "UTC+5"; those are no IANA names and have no clock changes.
        zone = id is not null && Known.Contains(id) ? DateTimeZoneProviders.Tzdb[id] : null;
        if (zone is not null)
        {
            problem = null;
            return true;
        }
        var near = string.IsNullOrWhiteSpace(id) ? [] : Near(id);
        problem = near.Count == 0
            ? $"'{id}' is no IANA time zone; a good value is Europe/Berlin"
            : $"'{id}' is no IANA time zone; near ones are {string.Join(", ", near)}";
        return false;
    }

    /// <summary>Up to three zone names that somebody may have meant, best first.</summary>
    public static IReadOnlyList<string> Near(string id)
    {
        var wanted = id.Trim().Replace(' ', '_');
        var same = Known.Where(known => known.Equals(wanted, StringComparison.OrdinalIgnoreCase));
        var city = wanted[(wanted.LastIndexOf('/') + 1)..];
        var sameCity = Known.Where(known => known.EndsWith("/" + city, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
        var near = same.Concat(sameCity).Distinct().Take(3).ToList();
        var left = Known.Except(near).ToList();
        while (near.Count < 3 && Nearest.To(wanted, left) is { } next)
        {
            near.Add(next);
            left.Remove(next);
        }
        return near;
    }

    /// <summary>The zone of this machine, or UTC when its name is none that is known.</summary>
    public static DateTimeZone Host()
    {
        try
        {
            return DateTimeZoneProviders.Tzdb.GetSystemDefault();
        }
        catch (DateTimeZoneNotFoundException)
        {
            return DateTimeZone.Utc;
        }
    }
}
