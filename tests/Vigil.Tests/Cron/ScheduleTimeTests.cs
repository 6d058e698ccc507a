using NodaTime;
using Vigil.Cron;

namespace Vigil.Tests.Cron;

public sealed class ScheduleTimeTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 27, 12, 0, 30);

    [Theory]
    [InlineData("2026-03-28T09:00:00+05:30", "2026-03-28T03:30:00Z")]
    [InlineData("2026-03-28 09:00Z", "2026-03-28T09:00:00Z")]
    [InlineData("2026-03-28T09:00-0330", "2026-03-28T12:30:00Z")]
    public void C1_AtWithAnOffset_IsThatInstant(string at, string instant) => Assert.Equal(instant, Read(at: at).ToStored().Text);

    [Theory]
    [InlineData("2026-03-28T09:00", "2026-03-28T13:00:00Z")]
    [InlineData("2026-11-01 01:30:00", "2026-11-01T05:30:00Z")]
    public void C2_LocalAt_IsReadInItsZone(string at, string instant)
    {
        var time = Read(at: at, zone: "America/New_York");
        Assert.Equal(instant, time.ToStored().Text);
        Assert.Contains("America/New_York", time.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void C2_C16_LocalAtInTheGap_IsTheEndOfTheGapAndKeepsWhatWasMeant()
    {
        var stored = Read(at: "2026-03-29T02:30").ToStored();
        var slot = Assert.Single(ScheduleTime.Restore(stored).Preview(Instant.FromUtc(2026, 3, 1, 0, 0), 2, DateTimeZone.Utc));

        Assert.Equal(("2026-03-29T01:00:00Z", "Sun 2026-03-29 03:00", "Sun 2026-03-29 02:30"), (slot.Utc, slot.Local, slot.Planned));
        Assert.Equal("2026-03-29T02:30:00", stored.Text);
        // A second time, from what was stored: the same slot.
        Assert.Equal(stored, Read(at: stored.Text).ToStored());
    }

    [Fact]
    public void C3_RelativeAt_IsKeptAsAnInstant()
    {
        var restored = ScheduleTime.Restore(Read(at: "in 20m").ToStored());
        Assert.Equal(Now + Duration.FromMinutes(20), restored.First(Now)!.Value.At);
        Assert.Null(restored.Next(Now + Duration.FromMinutes(20)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(999_999_999, 1)]
    public void EveryAndDelay_CountFromTheNextWholeSecond(long nanoseconds, int second)
    {
        var now = Now + Duration.FromNanoseconds(nanoseconds);
        var slots = new[] { new ScheduleSpec { Every = "20m" }, new ScheduleSpec { At = "in 20m" } }.Select(spec => spec.Read(now, Berlin).Time!.First(now)!.Value.At);

        Assert.All(slots, slot => Assert.Equal(Now + Duration.FromSeconds(second) + Duration.FromMinutes(20), slot));
    }

    [Fact]
    public void C4_PastAt_RunsWithinAMinuteAndIsRefusedLater()
    {
        var time = Read(at: "2026-03-27T12:59:30+01:00");
        Assert.Equal(Now - Duration.FromSeconds(60), time.First(Now)!.Value.At);
        var fault = Assert.Single(new ScheduleSpec { At = "2026-03-27T12:59:29+01:00" }.Read(Now, Berlin).Faults);
        Assert.Equal("at_past", fault.Code);
        Assert.Contains("Fri 2026-03-27 12:59:29 +01:00", fault.Message, StringComparison.Ordinal);
        Assert.Contains("now Fri 2026-03-27 13:00:30 +01:00", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("2026-02-30T09:00")]
    [InlineData("٢٠٢٦-03-28T09:00")]
    [InlineData("2026-03-28T24:00")]
    [InlineData("2026-03-28")]
    [InlineData("in a while")]
    [InlineData("2026-03-28T09:00+19:00")]
    public void Read_BadAt_IsRefusedWithAnExample(string at)
    {
        var fault = Assert.Single(new ScheduleSpec { At = at }.Read(Now, Berlin).Faults);
        Assert.Equal(("at_invalid", "schedule.at"), (fault.Code, fault.Parameter));
        Assert.Contains("in 20m", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void C5_C6_Every_KeepsItsGridOverRestarts()
    {
        var time = Read(every: "45m");
        var at = Now;
        for (var slot = 1; slot <= 10; slot++)
        {
            time = ScheduleTime.Restore(time.ToStored());
            Assert.Equal(Now + (slot * Duration.FromMinutes(45)), time.Next(at)!.Value.At);
            at = time.Next(at)!.Value.At + Duration.FromMinutes(slot % 40);
        }
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("-5m")]
    [InlineData("45")]
    [InlineData("soon")]
    [InlineData("9s")]
    [InlineData("")]
    public void C7_BadInterval_IsRefusedWithMinimumAndExample(string every)
    {
        var fault = Assert.Single(new ScheduleSpec { Every = every }.Read(Now, Berlin).Faults);
        Assert.Contains("10s", fault.Message, StringComparison.Ordinal);
        Assert.Contains("every: 45m", fault.Hint, StringComparison.Ordinal);
        Assert.Equal("schedule.every", fault.Parameter);
    }

    [Fact]
    public void C14_UnknownZone_IsRefusedWithNearSpellings()
    {
        var fault = Assert.Single(new ScheduleSpec { Cron = "0 9 * * *", Timezone = "Europe/Berln" }.Read(Now, Berlin).Faults);
        Assert.Equal("schedule.timezone", fault.Parameter);
        Assert.Contains("Europe/Berlin", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void C15_NoZone_TakesTheDefaultAndStoresIt() => Assert.Equal("Europe/Berlin", Read(cron: "0 9 * * *").ToStored().Zone);

    [Fact]
    public void C25_SeveralMistakes_AreReportedTogether()
    {
        var reading = new ScheduleSpec { Every = "1s", Cron = "0 25 * * *", Timezone = "Mars/Base" }.Read(Now, Berlin);
        Assert.Null(reading.Time);
        Assert.Equal(["schedule", "schedule.cron", "schedule.every", "schedule.timezone", "schedule.timezone"],
            reading.Faults.Select(fault => fault.Parameter).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void C25_ZoneWithEvery_IsRefusedAsWithoutEffect()
        => Assert.Equal("zone_without_effect", Assert.Single(new ScheduleSpec { Every = "1h", Timezone = "Europe/Berlin" }.Read(Now, Berlin).Faults).Code);

    [Fact]
    public void Read_Nothing_SaysWhatIsNeeded() => Assert.Equal("schedule", Assert.Single(new ScheduleSpec().Read(Now, Berlin).Faults).Parameter);

    [Fact]
    public void C21_Preview_ShowsLocalOffsetAndUtc()
    {
        var slots = Read(cron: "30 2 * * *").Preview(Now, 2, DateTimeZone.Utc);
        Assert.Equal(new SlotPreview(slots[0].At, "Sat 2026-03-28 02:30", "+01:00", "2026-03-28T01:30:00Z", null), slots[0]);
        Assert.Equal(new SlotPreview(slots[1].At, "Sun 2026-03-29 03:00", "+02:00", "2026-03-29T01:00:00Z", "Sun 2026-03-29 02:30"), slots[1]);
        Assert.Single(Read(at: "in 5m").Preview(Now, 5, DateTimeZone.Utc));
    }

    [Fact]
    public void Describe_SaysEachKindInWords()
    {
        Assert.Equal("every 1 hour 30 minutes", Read(every: "90m").Describe());
        Assert.Equal("at 09:00 every day, Europe/Berlin time", Read(cron: "0 9 * * *").Describe());
        Assert.Equal("once, at Fri 2026-03-27 13:20:30 +01:00 (Europe/Berlin)", Read(at: "in 20m").Describe());
    }

    [Fact]
    public void C54_Between_GivesCountEndsAndTheNewestUpToTheCap()
    {
        var span = Read(cron: "0 9 * * *").Between(Now, Now + Duration.FromDays(5), 2);
        Assert.Equal((5, true), (span.Count, span.Exact));
        Assert.Equal(Instant.FromUtc(2026, 3, 28, 8, 0), span.First);
        Assert.Equal([Instant.FromUtc(2026, 3, 31, 7, 0), Instant.FromUtc(2026, 4, 1, 7, 0)], span.Newest.Select(slot => slot.At));
        Assert.Equal(span.Last, span.Newest[^1].At);
    }

    [Fact]
    public void Between_EndsAreAfterExclusiveAndThroughInclusive()
    {
        var every = new ScheduleTime.Every(Now, Duration.FromMinutes(1));
        Assert.Equal(2, every.Between(Now + Duration.FromMinutes(1), Now + Duration.FromMinutes(3), 9).Count);
        Assert.Equal(0, every.Between(Now, Now, 9).Count);
    }

    [Fact]
    public void Between_AVeryLongTime_StillGivesTheNewest()
    {
        var through = Now + Duration.FromDays(300);
        var span = Read(cron: "* * * * *").Between(Now, through, 3);
        Assert.False(span.Exact);
        Assert.True(span.Count >= 10_000);
        Assert.Equal(through - Duration.FromSeconds(30), span.Last);
        Assert.Equal([2, 1, 0], span.Newest.Select(slot => (int)(span.Last!.Value - slot.At).TotalMinutes));
    }

    [Fact]
    public void Restore_WhatWasStored_IsTheSame()
    {
        foreach (var time in new[] { Read(at: "in 3d"), Read(every: "1h30m"), Read(cron: "@Daily", zone: "Asia/Tokyo") })
            Assert.Equal(time, ScheduleTime.Restore(time.ToStored()));
        Assert.Throws<FormatException>(() => ScheduleTime.Restore(new StoredSchedule("cron", "0 99 * * *", "UTC", null)));
        Assert.Throws<FormatException>(() => ScheduleTime.Restore(new StoredSchedule("cron", "0 9 * * *", "Nowhere/Land", null)));
    }

    private static ScheduleTime Read(string? at = null, string? every = null, string? cron = null, string? zone = null)
    {
        var reading = new ScheduleSpec { At = at, Every = every, Cron = cron, Timezone = zone }.Read(Now, Berlin);
        Assert.Empty(reading.Faults);
        return reading.Time!;
    }
}
