using NodaTime;
using Vigil.Cron;

namespace Vigil.Tests.Cron;

public sealed class ClockChangeTests
{
    [Theory]
    [InlineData("America/New_York", "30 2 * * *", "2026-03-08T00:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z")]
    [InlineData("Pacific/Apia", "0 9 * * *", "2011-12-29T20:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T19:00:00Z")]
    public void C16_FixedTimeInTheGap_FiresOnceAtItsEnd(string zone, string cron, string after, string first, string second)
        => Assert.Equal([first, second], CronExpressionTests.Slots(cron, after, 2, zone));

    [Fact]
    public void C16_FixedTimeInTheGap_KeepsThePlannedTime()
    {
        var slot = CronExpression.Parse("30 2 * * *").Next(Instant.FromUtc(2026, 3, 28, 12, 0), DateTimeZoneProviders.Tzdb["Europe/Berlin"]);
        Assert.Equal(new LocalDateTime(2026, 3, 29, 2, 30), slot!.Value.Planned);
        Assert.Null(CronExpression.Parse("30 2 * * *").Next(slot.Value.At, DateTimeZoneProviders.Tzdb["Europe/Berlin"])!.Value.Planned);
    }

    [Fact]
    public void C16_SeveralFixedTimesInTheGapAndOneAtItsEnd_FireOnceTogether()
        => Assert.Equal(["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"],
            CronExpressionTests.Slots("0,30 1-4 * * *", "2026-03-29T00:00:00Z", 4, "Europe/Berlin"));

    [Theory]
    [InlineData("America/New_York", "30 1 * * *", "2026-11-01T00:00:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("Europe/Berlin", "0 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z", "2026-10-27T01:00:00Z")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T00:00:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z")]
    public void C17_FixedTimeInTheRepeatedHour_FiresTheFirstTimeOnly(string zone, string cron, string after, string first, string second)
        => Assert.Equal([first, second], CronExpressionTests.Slots(cron, after, 2, zone));

    [Fact]
    public void C18_EveryHour_RunsThroughBothPassesAndLosesOnlyTheMissingHour()
    {
        Assert.Equal(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
            CronExpressionTests.Slots("30 * * * *", "2026-10-25T00:00:00Z", 3, "Europe/Berlin"));
        Assert.Equal(["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"],
            CronExpressionTests.Slots("30 * * * *", "2026-03-29T00:00:00Z", 3, "Europe/Berlin"));
        Assert.Equal(["2026-03-28T23:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T04:00:00Z"],
            CronExpressionTests.Slots("0 */2 * * *", "2026-03-28T22:00:00Z", 3, "Europe/Berlin"));
    }

    [Fact]
    public void C19_DailyByWallClockAndByInterval_DifferOverTheChange()
    {
        Assert.Equal(["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"], CronExpressionTests.Slots("0 9 * * *", "2026-03-27T12:00:00Z", 2, "Europe/Berlin"));
        var every = new ScheduleTime.Every(Instant.FromUtc(2026, 3, 27, 8, 0), Duration.FromHours(24));
        var preview = every.Preview(every.Anchor, 2, DateTimeZoneProviders.Tzdb["Europe/Berlin"]);
        Assert.Equal(["Sat 2026-03-28 09:00 +01:00", "Sun 2026-03-29 10:00 +02:00"], preview.Select(slot => $"{slot.Local} {slot.Offset}"));
    }

    [Fact]
    public void C20_ClockSetBack_NextAfterAFiredSlotIsStillTheLaterOne()
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        var cron = CronExpression.Parse("0 9 * * *");
        var fired = cron.Next(Instant.FromUtc(2026, 6, 1, 0, 0), zone)!.Value.At;
        Assert.Equal(fired + Duration.FromDays(1), cron.Next(fired, zone)!.Value.At);
    }
}
