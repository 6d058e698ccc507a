using NodaTime;
using NodaTime.Text;

namespace Vigil.Time;

/// <summary>Instants as people read them; seconds only when there are some.</summary>
public static class LocalText
{
    private static readonly LocalDateTimePattern Minutes = LocalDateTimePattern.CreateWithInvariantCulture("ddd uuuu-MM-dd HH:mm");
    private static readonly LocalDateTimePattern Seconds = LocalDateTimePattern.CreateWithInvariantCulture("ddd uuuu-MM-dd HH:mm:ss");

    /// <summary><c>Fri 2026-03-27 09:00</c></summary>
    public static string Of(LocalDateTime local) => (local.Second == 0 ? Minutes : Seconds).Format(local);

    /// <summary><c>+01:00</c></summary>
    public static string Of(Offset offset)
    {
        var seconds = Math.Abs(offset.Seconds);
        var tail = seconds % 60 == 0 ? "" : $":{seconds % 60:00}";
        return $"{(offset.Seconds < 0 ? '-' : '+')}{seconds / 3600:00}:{seconds / 60 % 60:00}{tail}";
    }

    /// <summary><c>2026-03-27T08:00:00Z</c></summary>
    public static string Utc(Instant instant) => InstantPattern.General.Format(instant);

    /// <summary><c>Fri 2026-03-27 09:00 +01:00 (Europe/Berlin)</c></summary>
    public static string In(Instant instant, DateTimeZone zone)
    {
        var zoned = instant.InZone(zone);
        return $"{Of(zoned.LocalDateTime)} {Of(zoned.Offset)} ({zone.Id})";
    }
}
