using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.Text;
using NodaTime.TimeZones;
using Vigil.Time;

namespace Vigil.Tools.Source;

/// <summary>A coming moment as a model writes it: an instant, a local time of the person's zone, a time of day, or a span from now.</summary>
internal static partial class WhenText
{
    public const string Good = "2026-03-27T09:00, 2026-03-27T08:00:00Z, 09:00, 3pm, in 2h or in 3d";

    private static readonly Duration Furthest = Duration.FromDays(5 * 366);

    // The clock skips an hour in spring: such a time comes when the gap is over. One that comes twice in autumn means the first.
    private static readonly ZoneLocalMappingResolver Resolver = Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnForwardShifted);

    private static readonly LocalDateTimePattern[] Local =
    [
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm:ss"),
    ];

    // People say "till 3pm"; a model repeats it.
    private static readonly LocalTimePattern[] TimeOfDay =
    [
        LocalTimePattern.CreateWithInvariantCulture("HH:mm"),
        LocalTimePattern.CreateWithInvariantCulture("htt"),
        LocalTimePattern.CreateWithInvariantCulture("h:mmtt"),
    ];

    public static bool TryParse(string text, Instant now, DateTimeZone zone, out Instant at, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        at = default;
        if (Read(Preposition().Replace(text.Trim(), ""), now, zone) is not { } read)
            problem = $"cannot be read: '{text.Trim()}'; good values are {Good}";
        else if (read <= now)
            problem = $"lies in the past: {LocalText.In(read, zone)}, and it is {LocalText.In(now, zone)} now";
        else if (read - now > Furthest)
            problem = "lies more than five years ahead";
        else
            at = read;
        return problem is null;
    }

    private static Instant? Read(string text, Instant now, DateTimeZone zone)
    {
        if (OffsetDateTimePattern.ExtendedIso.Parse(text) is { Success: true } instant)
            return instant.Value.ToInstant();
        foreach (var pattern in Local)
        {
            if (pattern.Parse(text) is { Success: true } local)
                return zone.ResolveLocal(local.Value, Resolver).ToInstant();
        }
        var clock = text.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        foreach (var pattern in TimeOfDay)
        {
            if (pattern.Parse(clock) is { Success: true } time)
                return Coming(time.Value, now, zone);
        }
        return Span(text) is { } span ? now + span : null;
    }

    private static Instant Coming(LocalTime time, Instant now, DateTimeZone zone)
    {
        var today = now.InZone(zone).Date;
        var at = zone.ResolveLocal(today + time, Resolver).ToInstant();
        return at > now ? at : zone.ResolveLocal(today.PlusDays(1) + time, Resolver).ToInstant();
    }

    private static Duration? Span(string text)
    {
        var words = text.StartsWith("in ", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        var signs = UnitWord().Replace(words.ToLowerInvariant(), match => match.Groups["sign"].Value);
        return DurationText.TryParse(signs, out var span, out _) ? Duration.FromTimeSpan(span) : null;
    }

    [GeneratedRegex(@"\A(?:until|till|til|at)\s+", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Preposition();

    [GeneratedRegex(@"(?<=[0-9])\s*(?<sign>[wdhm])(?:eeks?|ays?|ours?|in(?:utes?)?)?\b", RegexOptions.CultureInvariant)]
    private static partial Regex UnitWord();
}
