using System.Text;
using NodaTime;
using NodaTime.Text;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Time;

namespace Vigil.Cli.Terminal;

/// <summary>Instants as the person reads them: in the zone of the gateway that was asked, always with the offset; in UTC when no gateway said its zone.</summary>
internal static class PersonTime
{
    private static readonly LocalDateTimePattern s_seconds = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm:ss");
    private static readonly LocalDateTimePattern s_minutes = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm");
    private static readonly LocalDateTimePattern s_clock = LocalDateTimePattern.CreateWithInvariantCulture("HH:mm");

    private static DateTimeZone? s_zone;

    /// <summary>One command asks one gateway, so its zone is the zone of all that is printed.</summary>
    public static void UseZone(string? id)
    {
        if (Zones.TryFind(id, out var zone, out _))
            s_zone = zone;
    }

    /// <summary><c>2026-03-27 09:00:00 +01:00</c></summary>
    public static string Of(DateTimeOffset at) => In(at, s_zone, s_seconds);

    /// <summary><c>2026-03-27 09:00 +01:00</c></summary>
    public static string Minutes(DateTimeOffset at) => In(at, s_zone, s_minutes);

    /// <summary>In the zone of an agent of its own.</summary>
    public static string Of(DateTimeOffset at, string zone) => In(at, Zones.TryFind(zone, out var found, out _) ? found : s_zone, s_seconds);

    /// <summary><c>09:00</c>; without a zone of the settings in the machine's.</summary>
    public static string Clock(DateTimeOffset at, string? zone)
        => s_clock.Format(Instant.FromDateTimeOffset(at).InZone(Zones.TryFind(zone, out var found, out _) ? found : Zones.Host()).LocalDateTime);

    /// <summary>A sentence of the gateway's, with its instants as the person reads them. What an agent said stays as it is.</summary>
    public static string Told(string sentence)
    {
        var told = new StringBuilder();
        var from = 0;
        foreach (var (start, length) in ToldText.Find(sentence))
        {
            if (ToldText.At(sentence.Substring(start, length)) is not { } at)
                continue;
            told.Append(sentence, from, start - from).Append(Of(at));
            from = start + length;
        }
        return told.Append(sentence, from, sentence.Length - from).ToString();
    }

    private static string In(DateTimeOffset at, DateTimeZone? zone, LocalDateTimePattern pattern)
    {
        var zoned = Instant.FromDateTimeOffset(at).InZone(zone ?? DateTimeZone.Utc);
        return $"{pattern.Format(zoned.LocalDateTime)}{(zoned.Offset == Offset.Zero ? "Z" : $" {LocalText.Of(zoned.Offset)}")}";
    }
}
