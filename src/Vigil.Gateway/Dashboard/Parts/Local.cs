using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Vigil.Time;

namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>Instants, spans and amounts as the dashboard writes them.</summary>
public static class Local
{
    private static readonly LocalDateTimePattern s_minute = LocalDateTimePattern.CreateWithInvariantCulture("ddd d MMM, HH:mm");
    private static readonly LocalTimePattern s_clock = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary><c>Fri 27 Mar, 09:00</c></summary>
    public static string Minute(DateTimeOffset at, DateTimeZone zone) => s_minute.Format(In(at, zone).LocalDateTime);

    /// <summary><c>09:00</c></summary>
    public static string Clock(DateTimeOffset at, DateTimeZone zone) => s_clock.Format(In(at, zone).TimeOfDay);

    public static string Full(DateTimeOffset at, DateTimeZone zone) => LocalText.In(Instant.FromDateTimeOffset(at), zone);

    /// <summary><c>3 min ago</c>, <c>in 2 h</c>. The module live.js has the same words and keeps them right while a page stands open.</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var span = now - at;
        var text = Rough(span.Duration());
        return text is null ? "now" : span > TimeSpan.Zero ? $"{text} ago" : $"in {text}";
    }

    /// <summary><c>350 ms</c>, <c>4.2 s</c>, <c>3 min</c></summary>
    public static string Length(TimeSpan span) => span.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s"),
        _ => Rough(span) ?? "1 min",
    };

    /// <summary><c>12,345</c></summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>$0.0042</c>: small amounts keep the figures that say something.</summary>
    public static string Usd(decimal amount) => amount switch
    {
        0 => "$0",
        < 0.0001m and > 0 => "< $0.0001",
        < 0.01m => amount.ToString("$0.0000", CultureInfo.InvariantCulture),
        < 1 => amount.ToString("$0.000", CultureInfo.InvariantCulture),
        _ => amount.ToString("$#,0.00", CultureInfo.InvariantCulture),
    };

    public static string Usd(decimal? amount) => amount is { } known ? Usd(known) : "price unknown";

    /// <summary>A number in SVG: a point whatever the culture.</summary>
    public static string Svg(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    private static ZonedDateTime In(DateTimeOffset at, DateTimeZone zone) => Instant.FromDateTimeOffset(at).InZone(zone);

    private static string? Rough(TimeSpan span) => span switch
    {
        { TotalSeconds: < 45 } => null,
        { TotalMinutes: < 60 } => $"{Math.Max(1, (int)Math.Round(span.TotalMinutes))} min",
        { TotalHours: < 24 } => $"{(int)Math.Round(span.TotalHours)} h",
        { TotalDays: < 2 } => "1 day",
        _ => $"{(int)Math.Round(span.TotalDays)} days",
    };
}
