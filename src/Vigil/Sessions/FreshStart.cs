using NodaTime;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Sessions;

/// <summary>What makes a conversation an old one for the person who comes back to it now.</summary>
/// <param name="Before">A conversation whose last turn of a person is older than this begins anew.</param>
/// <param name="Reason"><c>idle</c> or <c>daily</c>.</param>
/// <param name="Note">What then stands in the conversation, so that nobody has to guess why the agent forgot.</param>
public sealed record FreshStart(DateTimeOffset Before, string Reason, string Note)
{
    /// <summary>What the settings say at this moment; null when conversations go on for ever.</summary>
    public static FreshStart? Of(SessionSettings settings, string timezone, DateTimeOffset now)
    {
        var idle = settings.ResetAfterIdle is { } time ? AfterIdle(time, now) : null;
        var daily = TimeOfDay.TryParse(settings.ResetDaily, out var at) ? Daily(at, timezone, now) : null;
        // The later of the two instants is passed by every conversation that the other one would end.
        return idle is null || daily?.Before >= idle.Before ? daily : idle;
    }

    private static FreshStart AfterIdle(TimeSpan time, DateTimeOffset now)
        => new(now - time, "idle", $"[A new conversation begins here: nobody wrote for {DurationText.Format(time)} or longer (sessions.resetAfterIdle).]");

    private static FreshStart Daily(TimeOfDay at, string timezone, DateTimeOffset now)
    {
        var zone = Zones.TryFind(timezone, out var named, out _) ? named : Zones.Host();
        var instant = Instant.FromDateTimeOffset(now);
        var today = instant.InZone(zone).Date;
        var time = LocalTime.Midnight.PlusMinutes(at.Minutes);
        // A time that the clock skips is as long after the gap, one that it shows twice is the first. Zones have skipped whole days, too.
        var boundary = zone.AtLeniently(today + time).ToInstant();
        for (var back = 1; boundary > instant; back++)
            boundary = zone.AtLeniently(today.PlusDays(-back) + time).ToInstant();
        return new FreshStart(boundary.ToDateTimeOffset(), "daily", $"[A new conversation begins here: it is the first one since {at} (sessions.resetDaily).]");
    }
}
