using NodaTime;
using Vigil.Heartbeat;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Tests.Heartbeat;

public sealed class ActiveHoursTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Fact]
    public void H15_NoHours_EveryInstantIsInside()
    {
        var hours = ActiveHours.Read(null, Berlin).Hours!;
        Assert.All(Enumerable.Range(0, 24 * 7), hour => Assert.True(hours.Contains(Instant.FromUtc(2026, 10, 20, 0, 0) + Duration.FromHours(hour))));
        Assert.Null(hours.NextClosing(Instant.FromUtc(2026, 10, 20, 0, 0)));
        Assert.Equal("Europe/Berlin", hours.Zone.Id);
    }

    [Theory]
    [InlineData("08:00", "23:00", "07:59", false)]
    [InlineData("08:00", "23:00", "08:00", true)]
    [InlineData("08:00", "23:00", "22:59", true)]
    [InlineData("08:00", "23:00", "23:00", false)]
    [InlineData("22:00", "06:00", "23:00", true)]
    [InlineData("22:00", "06:00", "03:00", true)]
    [InlineData("22:00", "06:00", "06:00", false)]
    [InlineData("22:00", "06:00", "12:00", false)]
    [InlineData("00:00", "06:00", "00:30", true)]
    [InlineData("08:00", "24:00", "23:59", true)]
    [InlineData("08:00", "24:00", "00:00", false)]
    [InlineData("20:00", "00:00", "23:59", true)]
    [InlineData("20:00", "00:00", "00:00", false)]
    public void H16_H19_Window_ContainsItsStartAndNotItsEnd(string start, string end, string time, bool inside)
    {
        var hours = Hours(start, end);
        var local = new LocalDate(2026, 6, 10).At(new LocalTime(int.Parse(time[..2]), int.Parse(time[3..])));
        Assert.Equal(inside, hours.Contains(local.InZoneStrictly(Berlin).ToInstant()));
    }

    [Theory]
    [InlineData("24:00", "08:00", "start")]
    [InlineData("08:00", "24:01", "end")]
    [InlineData("08:00", "08:00", "end")]
    [InlineData("99:99", "23:00", "start")]
    [InlineData("9:00", "23:00", "start")]
    [InlineData("08:00", null, "end")]
    [InlineData(null, "23:00", "start")]
    public void H19_H21_MalformedWindow_IsAProblemWithAGoodValue(string? start, string? end, string key)
    {
        var reading = ActiveHours.Read(new ActiveHoursSettings { Start = start, End = end }, Berlin);
        Assert.Null(reading.Hours);
        var problem = Assert.Single(reading.Problems);
        Assert.Equal(key, problem.Key);
        Assert.Equal(key == "start" ? start : end, problem.BadValue);
        Assert.Matches("^[0-9]{2}:[0-9]{2}$", problem.GoodValue);
    }

    [Fact]
    public void H21_UnknownZone_IsAProblemAndNotTheDefault()
    {
        var reading = ActiveHours.Read(new ActiveHoursSettings { Start = "8:00", End = "23:00", Timezone = "Europe/Berln" }, Berlin);
        Assert.Null(reading.Hours);
        Assert.Equal([("timezone", "Europe/Berlin"), ("start", "08:00")], reading.Problems.Select(problem => (problem.Key, problem.GoodValue)));
    }

    [Fact]
    public void H22_WindowsByWeekday_OvernightBelongsToTheDayItBegan()
    {
        var hours = Days(("mon-thu", "08:00", "18:00"), ("fri", "20:00", "02:00"));
        Assert.True(At(hours, 2026, 6, 8, 9, 0));
        Assert.True(At(hours, 2026, 6, 12, 21, 0));
        Assert.True(At(hours, 2026, 6, 13, 1, 59));
        Assert.False(At(hours, 2026, 6, 13, 2, 0));
        Assert.False(At(hours, 2026, 6, 12, 1, 0));
        Assert.False(At(hours, 2026, 6, 13, 21, 0));
        Assert.False(At(hours, 2026, 6, 14, 12, 0));
    }

    [Theory]
    [InlineData("mon-fry", "days.mon-fry")]
    [InlineData("", "days.")]
    [InlineData("mon-tue-wed", "days.mon-tue-wed")]
    public void H22_UnknownWeekday_IsAProblem(string days, string key)
    {
        var settings = new ActiveHoursSettings { Days = new Dictionary<string, HoursSettings> { [days] = new() { Start = "08:00", End = "09:00" } } };
        Assert.Equal(key, Assert.Single(ActiveHours.Read(settings, Berlin).Problems).Key);
    }

    [Fact]
    public void H22_EmptyOrDoubledSettings_AreProblems()
    {
        Assert.Equal("days", Assert.Single(ActiveHours.Read(new ActiveHoursSettings { Days = new Dictionary<string, HoursSettings>() }, Berlin).Problems).Key);
        var both = new ActiveHoursSettings { Start = "08:00", End = "09:00", Days = new Dictionary<string, HoursSettings> { ["fri-mon"] = new() { Start = "10:00" } } };
        Assert.Equal(["days.fri-mon.end", "start"], ActiveHours.Read(both, Berlin).Problems.Select(problem => problem.Key));
        Assert.Equal(2, ActiveHours.Read(new ActiveHoursSettings(), Berlin).Problems.Count);
    }

    [Fact]
    public void H24_RepeatedHour_BothPassesCountAlikeAndTheSkippedHourEndsAtTheChange()
    {
        var hours = Hours("02:00", "02:30");
        Assert.True(hours.Contains(Instant.FromUtc(2026, 10, 25, 0, 10)));
        Assert.True(hours.Contains(Instant.FromUtc(2026, 10, 25, 1, 10)));
        Assert.False(hours.Contains(Instant.FromUtc(2026, 10, 25, 0, 40)));
        Assert.Equal(Instant.FromUtc(2026, 10, 25, 1, 0), hours.NextOpening(Instant.FromUtc(2026, 10, 25, 0, 30)));
        // 02:00 to 02:30 does not exist on this day.
        Assert.Equal(Instant.FromUtc(2026, 3, 30, 0, 0), hours.NextOpening(Instant.FromUtc(2026, 3, 28, 12, 0)));
        Assert.Equal(Instant.FromUtc(2026, 3, 29, 1, 0), Hours("01:00", "02:15").NextClosing(Instant.FromUtc(2026, 3, 29, 0, 30)));
    }

    [Fact]
    public void H26_NextOpening_IsTheBeginningOfTheNextWindowOrTheInstantItself()
    {
        var hours = Hours("08:00", "23:00");
        Assert.Equal(Instant.FromUtc(2026, 6, 11, 6, 0), hours.NextOpening(Instant.FromUtc(2026, 6, 10, 21, 0)));
        Assert.Equal(Instant.FromUtc(2026, 6, 10, 12, 34), hours.NextOpening(Instant.FromUtc(2026, 6, 10, 12, 34)));
        Assert.Equal(Instant.FromUtc(2026, 6, 10, 21, 0), hours.NextClosing(Instant.FromUtc(2026, 6, 10, 12, 34)));
        Assert.Equal(Instant.FromUtc(2026, 6, 15, 6, 0), Days(("mon", "08:00", "09:00")).NextOpening(Instant.FromUtc(2026, 6, 8, 7, 0)));
    }

    [Fact]
    public void RandomHours_EqualMinuteByMinuteCalculation()
    {
        var random = new Random(71);
        string[] zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Antarctica/Troll"];
        string[] names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        for (var round = 0; round < 160; round++)
        {
            var zone = DateTimeZoneProviders.Tzdb[zones[round % zones.Length]];
            var windows = names.Where(_ => random.Next(3) > 0).DefaultIfEmpty("mon").ToDictionary(day => day, _ => (Start: random.Next(96) * 15, End: 0));
            foreach (var day in windows.Keys.ToList())
                windows[day] = (windows[day].Start, (windows[day].Start + (random.Next(1, 96) * 15)) % 1440);
            var hours = ActiveHours.Read(new ActiveHoursSettings
            {
                Days = windows.ToDictionary(pair => pair.Key, pair => new HoursSettings { Start = Clock(pair.Value.Start), End = Clock(pair.Value.End) }),
            }, zone).Hours!;
            var changes = zone.GetZoneIntervals(Instant.FromUtc(2005, 1, 1, 0, 0), Instant.FromUtc(2030, 1, 1, 0, 0)).Where(piece => piece.HasStart).ToList();
            var start = Instant.FromUnixTimeSeconds(changes[random.Next(changes.Count)].Start.ToUnixTimeSeconds() / 60 * 60) - Duration.FromHours(random.Next(30));
            var inside = Enumerable.Range(0, 17 * 1440).Select(minute => Slow(start + Duration.FromMinutes(minute))).ToList();
            for (var minute = 0; minute < 4000; minute += 7)
            {
                var at = start + Duration.FromMinutes(minute);
                var about = $"round {round}, {zone.Id}, {at}, seed 71";
                Assert.True(inside[minute] == hours.Contains(at), about);
                if (minute % 5 != 0)
                    continue;
                Assert.True(start + Duration.FromMinutes(inside.IndexOf(true, minute)) == hours.NextOpening(at), about);
                Assert.True(inside.IndexOf(false, minute) is >= 0 and var closing && start + Duration.FromMinutes(closing) == hours.NextClosing(at), about);
            }

            bool Slow(Instant at)
            {
                var local = at.InZone(zone).LocalDateTime;
                var minute = (local.Hour * 60) + local.Minute;
                return windows.Any(pair =>
                {
                    var today = names[(int)local.DayOfWeek - 1] == pair.Key;
                    var yesterday = names[((int)local.DayOfWeek + 5) % 7] == pair.Key;
                    var (from, to) = pair.Value;
                    return from < to ? today && minute >= from && minute < to : (today && minute >= from) || (yesterday && minute < to);
                });
            }
        }

        static string Clock(int minutes) => $"{minutes / 60:00}:{minutes % 60:00}";
    }

    [Fact]
    public void QuietHours_ContainAndEnd()
    {
        var quiet = QuietHours.Read(new HoursSettings { Start = "22:30", End = "07:30" }, Berlin).Quiet!;
        var night = Instant.FromUtc(2026, 6, 10, 23, 0);
        Assert.True(quiet.Contains(night));
        Assert.Equal(Instant.FromUtc(2026, 6, 11, 5, 30), quiet.EndsAt(night));
        var noon = Instant.FromUtc(2026, 6, 10, 10, 0);
        Assert.False(quiet.Contains(noon));
        Assert.Equal(noon, quiet.EndsAt(noon));
        Assert.False(QuietHours.None.Contains(night));
        Assert.Null(QuietHours.Read(new HoursSettings { Start = "22:30" }, Berlin).Quiet);
    }

    private static bool At(ActiveHours hours, int year, int month, int day, int hour, int minute)
        => hours.Contains(new LocalDateTime(year, month, day, hour, minute).InZoneStrictly(Berlin).ToInstant());

    private static ActiveHours Hours(string start, string end) => ActiveHours.Read(new ActiveHoursSettings { Start = start, End = end }, Berlin).Hours!;

    private static ActiveHours Days(params (string Days, string Start, string End)[] windows)
        => ActiveHours.Read(new ActiveHoursSettings
        {
            Days = windows.ToDictionary(window => window.Days, window => new HoursSettings { Start = window.Start, End = window.End }),
        }, Berlin).Hours!;
}
