using System.Globalization;
using Vigil.Sessions;
using Vigil.Settings;

namespace Vigil.Tests.Sessions;

public sealed class FreshStartTests
{
    [Fact]
    public void Of_NothingSet_ConversationsGoOnForEver() => Assert.Null(FreshStart.Of(new SessionSettings(), "UTC", At("2026-03-01T09:00Z")));

    [Fact]
    public void Of_Idle_IsThatLongAgo_AndTheNoteNamesTheSetting()
    {
        var fresh = FreshStart.Of(new SessionSettings { ResetAfterIdle = TimeSpan.FromHours(12) }, "UTC", At("2026-03-01T09:00Z"))!;
        Assert.Equal((At("2026-02-28T21:00Z"), "idle"), (fresh.Before, fresh.Reason));
        Assert.Contains("12h or longer (sessions.resetAfterIdle)", fresh.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("04:00", "Europe/Berlin", "2026-03-01T02:59Z", "2026-02-28T03:00Z", "a minute before the hour it is yesterday's")]
    [InlineData("04:00", "Europe/Berlin", "2026-03-01T03:00Z", "2026-03-01T03:00Z", "at the hour it is today's")]
    [InlineData("00:00", "Europe/Berlin", "2026-03-01T22:59Z", "2026-02-28T23:00Z", "midnight is that of the zone")]
    [InlineData("23:59", "Pacific/Kiritimati", "2026-03-01T09:00Z", "2026-02-28T09:59Z", "far ahead of UTC")]
    [InlineData("02:30", "Europe/Berlin", "2026-03-29T01:29Z", "2026-03-28T01:30Z", "the clock skips 02:30: before the moment that stands for it")]
    [InlineData("02:30", "Europe/Berlin", "2026-03-29T01:30Z", "2026-03-29T01:30Z", "the clock skips 02:30: as long after the gap")]
    [InlineData("02:30", "Europe/Berlin", "2026-10-25T01:45Z", "2026-10-25T00:30Z", "02:30 comes twice: the first one counts")]
    [InlineData("04:00", "Pacific/Apia", "2011-12-30T12:00Z", "2011-12-29T14:00Z", "the day before was skipped as a whole")]
    public void Of_Daily_IsTheLastTimeThatTheZonesClockShowedIt(string at, string zone, string now, string expected, string why)
    {
        var fresh = FreshStart.Of(new SessionSettings { ResetDaily = at }, zone, At(now))!;
        Assert.True(At(expected) == fresh.Before, $"{why}: {fresh.Before:u}");
        Assert.Equal("daily", fresh.Reason);
        Assert.Contains($"since {at} (sessions.resetDaily)", fresh.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-01T09:00Z", "daily")]
    [InlineData("2026-03-01T17:00Z", "idle")]
    public void Of_Both_TheLaterInstantDecides(string now, string reason)
    {
        var settings = new SessionSettings { ResetAfterIdle = TimeSpan.FromHours(12), ResetDaily = "04:00" };
        Assert.Equal(reason, FreshStart.Of(settings, "UTC", At(now))!.Reason);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
