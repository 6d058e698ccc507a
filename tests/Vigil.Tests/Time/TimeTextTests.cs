using NodaTime;
using Vigil.Time;

namespace Vigil.Tests.Time;

public sealed class TimeTextTests
{
    [Theory]
    [InlineData("30m", 30 * 60)]
    [InlineData("1h30m", 90 * 60)]
    [InlineData("1h 30m", 90 * 60)]
    [InlineData("45s", 45)]
    [InlineData("2d", 2 * 86400)]
    [InlineData(" 1w ", 7 * 86400)]
    [InlineData("90m", 90 * 60)]
    [InlineData("1500ms", 1.5)]
    [InlineData("0s", 0)]
    public void DurationText_GoodText_IsRead(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var value, out var problem), problem);
        Assert.Equal(TimeSpan.FromSeconds(seconds), value);
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("  ", "empty")]
    [InlineData("-5m", "negative")]
    [InlineData("30", "no unit")]
    [InlineData("1.5h", "fraction")]
    [InlineData("soon", "not a duration")]
    [InlineData("5 minutes", "no unit")]
    [InlineData("5min", "unknown unit 'min'")]
    [InlineData("5M", "no unit")]
    [InlineData("30m1h", "out of order")]
    [InlineData("1h1h", "out of order")]
    [InlineData("99999999w", "too long")]
    [InlineData("9999999999999999999s", "too long")]
    public void DurationText_BadText_SaysWhatAndShowsAGoodValue(string? text, string what)
    {
        Assert.False(DurationText.TryParse(text, out _, out var problem));
        Assert.Contains(what, problem, StringComparison.Ordinal);
        Assert.Contains(DurationText.Example, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void DurationText_RandomDurations_ComeBackAsTheyWere()
    {
        var random = new Random(51);
        for (var round = 0; round < 5000; round++)
        {
            var value = TimeSpan.FromMilliseconds(random.NextInt64((long)Math.Pow(10, random.Next(1, 12))));
            Assert.True(DurationText.TryParse(DurationText.Format(value), out var read, out var problem), problem);
            Assert.Equal(value, read);
        }
    }

    [Fact]
    public void DurationText_Words_CountInTheRightNumber()
    {
        Assert.Equal("1 hour 30 minutes", DurationText.Words(TimeSpan.FromMinutes(90)));
        Assert.Equal("2 weeks 1 day", DurationText.Words(TimeSpan.FromDays(15)));
        Assert.Equal("0 seconds", DurationText.Words(TimeSpan.Zero));
    }

    [Theory]
    [InlineData("00:00", 0)]
    [InlineData("23:59", 1439)]
    [InlineData("24:00", -1)]
    [InlineData("24:01", -1)]
    [InlineData("9:00", -1)]
    [InlineData("99:99", -1)]
    [InlineData("12:60", -1)]
    [InlineData("12:00:00", -1)]
    [InlineData("１２:00", -1)]
    [InlineData(null, -1)]
    public void TimeOfDay_IsStrict(string? text, int minutes)
    {
        Assert.Equal(minutes >= 0, TimeOfDay.TryParse(text, out var time));
        if (minutes >= 0)
            Assert.Equal((minutes, text), (time.Minutes, time.ToString()));
    }

    [Fact]
    public void TimeOfDay_MidnightAtTheEnd_IsOnlyAnEnd()
    {
        Assert.True(TimeOfDay.TryParseEnd("24:00", out var end));
        Assert.Equal("24:00", end.ToString());
        Assert.False(TimeOfDay.TryParseEnd("24:01", out _));
    }

    [Theory]
    [InlineData("europe/berlin", "Europe/Berlin")]
    [InlineData("America/New York", "America/New_York")]
    [InlineData("Berlin", "Europe/Berlin")]
    [InlineData("Europe/Berln", "Europe/Berlin")]
    [InlineData("Asia/Katmandoo", "Asia/Katmandu")]
    public void Zones_NearlyRight_IsRefusedWithTheRightName(string id, string near)
    {
        Assert.False(Zones.TryFind(id, out var zone, out var problem));
        Assert.Null(zone);
        Assert.Contains(near, problem, StringComparison.Ordinal);
        Assert.Contains(near, Zones.Near(id));
    }

    [Theory]
    [InlineData("UTC+5")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("qqqqqqqqqqqqqqqqqqqqqqqqqq")]
    public void Zones_NoIanaName_IsRefused(string? id)
    {
        Assert.False(Zones.TryFind(id, out _, out var problem));
        Assert.Contains("no IANA time zone", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Zones_Known_IsFoundAndRulesHaveAVersion()
    {
        Assert.True(Zones.TryFind("Australia/Lord_Howe", out var zone, out _));
        Assert.Equal("Australia/Lord_Howe", zone.Id);
        Assert.Matches("^20[0-9]{2}[a-z]$", Zones.TzdbVersion);
        Assert.True(Zones.TryFind(Zones.Host().Id, out _, out _));
    }

    [Fact]
    public void LocalText_ShowsSecondsOnlyWhenThereAreSome()
    {
        var zone = DateTimeZoneProviders.Tzdb["America/St_Johns"];
        Assert.Equal("Sun 2026-11-01 08:30 -03:30 (America/St_Johns)", LocalText.In(Instant.FromUtc(2026, 11, 1, 12, 0), zone));
        Assert.Equal("Sun 2026-11-01 08:30:05 -03:30 (America/St_Johns)", LocalText.In(Instant.FromUtc(2026, 11, 1, 12, 0, 5), zone));
    }
}
