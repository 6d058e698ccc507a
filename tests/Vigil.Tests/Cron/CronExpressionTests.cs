using NodaTime;
using NodaTime.Text;
using Vigil.Cron;

namespace Vigil.Tests.Cron;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("99 9 * * *", "minute", 1, "99", "0-59", "59 9 * * *")]
    [InlineData("60 * * * *", "minute", 1, "60", "0-59", "0 * * * *")]
    [InlineData("  0 24 * * *", "hour", 5, "24", "0-23", "0 0 * * *")]
    [InlineData("0 9 0 * *", "day of month", 5, "0", "1-31", "0 9 1 * *")]
    [InlineData("0 9 1,32 * *", "day of month", 7, "32", "1-31", "0 9 1,31 * *")]
    [InlineData("0 9 * 13 *", "month", 7, "13", "1-12 or jan-dec", "0 9 * 12 *")]
    [InlineData("0 9 * * 8", "day of week", 9, "8", "0-7 or sun-sat, where 0 and 7 are Sunday", "0 9 * * 7")]
    [InlineData("0 9 * * mon-fry", "day of week", 13, "fry", "0-7 or sun-sat, where 0 and 7 are Sunday", "0 9 * * mon-fri")]
    [InlineData("0 9 * january *", "month", 7, "january", "1-12 or jan-dec", "0 9 * jan *")]
    [InlineData("0 0-24 * * *", "hour", 5, "24", "0-23", "0 0-23 * * *")]
    [InlineData("0 99999999999 * * *", "hour", 3, "99999999999", "0-23", "0 23 * * *")]
    public void C23_ValueOutOfRange_NamesFieldColumnValueRangeAndNearest(
        string text, string field, int column, string badValue, string allowed, string nearest)
    {
        Assert.False(CronExpression.TryParse(text, out _, out var error));
        Assert.Equal((field, column, badValue, allowed, nearest), (error.Field, error.Column, error.BadValue, error.Allowed, error.Nearest));
    }

    [Theory]
    [InlineData("", 1, "0 9 * * *")]
    [InlineData("0 9 * *", 8, "0 9 * * *")]
    [InlineData("0 0 9 * * ?", 11, "0 9 * * *")]
    [InlineData("0 0 9 ? * MON 2026", 11, "0 9 * * MON")]
    [InlineData("daily", 6, "@daily")]
    [InlineData("@dayly", 1, "@daily")]
    [InlineData("@reboot", 1, "@daily")]
    [InlineData("@every 5m", 1, "@hourly")]
    [InlineData("@daily 5", 1, "@daily")]
    [InlineData("0,,30 * * * *", 3, "0,30 * * * *")]
    [InlineData("0, * * * *", 3, "0 * * * *")]
    [InlineData("*/0 * * * *", 3, "* * * * *")]
    [InlineData("*/ * * * *", 3, "* * * * *")]
    [InlineData("*/60 * * * *", 3, "0 * * * *")]
    [InlineData("5/15 * * * *", 1, "5-59/15 * * * *")]
    [InlineData("0 22-6 * * *", 3, "0 22-23,0-6 * * *")]
    [InlineData("0 9 * * fri-sun", 9, "0 9 * * fri-7")]
    [InlineData("0 9 * * sat-mon", 9, "0 9 * * sat-7,mon")]
    [InlineData("0 9 ? * 1", 5, "0 9 * * 1")]
    [InlineData("0 9 L * *", 5, null)]
    [InlineData("0 9 -5 * *", 5, null)]
    [InlineData("0 9 1- * *", 7, null)]
    [InlineData("0 9 * * 5#2", 9, null)]
    public void C24_Malformed_NamesColumnAndNearest(string text, int column, string? nearest)
    {
        Assert.False(CronExpression.TryParse(text, out _, out var error));
        Assert.Equal((column, nearest), (error.Column, error.Nearest));
    }

    [Theory]
    [InlineData("0 0 30 2 *", "0 0 29 2 *")]
    [InlineData("0 0 31 4,6,9,11 *", "0 0 30 4,6,9,11 *")]
    [InlineData("0 0 30,31 feb */2", "0 0 29 feb */2")]
    public void C13_NeverDue_IsRefused(string text, string nearest)
    {
        Assert.False(CronExpression.TryParse(text, out _, out var error));
        Assert.Contains("never due", error.Problem, StringComparison.Ordinal);
        Assert.Equal(nearest, error.Nearest);
    }

    [Fact]
    public void C13_ImpossibleDateBesideAWeekday_IsDueOnTheWeekday()
        => Assert.Equal(["2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z"], Slots("0 0 30 2 1", "2026-01-15T00:00:00Z", 2));

    [Fact]
    public void C8_ListsRangesAndSteps_FireAtSecondZero()
        => Assert.Equal(["2026-03-02T09:00:00Z", "2026-03-02T09:20:00Z", "2026-03-02T09:40:00Z", "2026-03-02T13:00:00Z"],
            Slots("*/20 9,13-14 * * mon-fri", "2026-03-01T10:00:13Z", 4));

    [Fact]
    public void C9_BothDayFields_EitherMatches()
        => Assert.Equal(["2026-03-06T09:00:00Z", "2026-03-13T09:00:00Z", "2026-03-20T09:00:00Z", "2026-03-27T09:00:00Z", "2026-04-03T09:00:00Z", "2026-04-10T09:00:00Z", "2026-04-13T09:00:00Z"],
            Slots("0 9 13 * 5", "2026-03-01T00:00:00Z", 7));

    [Fact]
    public void C10_OneDayFieldBeginsWithStar_BothMatchAndTheWordsSaySo()
    {
        Assert.Equal(["2026-03-09T09:00:00Z", "2026-03-23T09:00:00Z", "2026-04-13T09:00:00Z"], Slots("0 9 */2 * 1", "2026-03-01T00:00:00Z", 3));
        var words = CronExpression.Parse("0 9 */2 * 1").Describe();
        Assert.Contains("if it is Monday", words, StringComparison.Ordinal);
        Assert.Contains("both day fields must match", words, StringComparison.Ordinal);
        Assert.DoesNotContain("both", CronExpression.Parse("0 9 13 * 5").Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 9 * JAN,feb SUN", "0 9 * 1,2 0")]
    [InlineData("0 9 * * 7", "0 9 * * 0")]
    [InlineData("0 9 * * 5-7", "0 9 * * fri,sat,sun")]
    [InlineData("0 9 * * Mon-Fri", "0 9 * * 1-5")]
    [InlineData("\t0  9 * * *  ", "0 9 * * *")]
    [InlineData("00 09 * * *", "0 9 * * *")]
    [InlineData("@hourly", "0 * * * *")]
    [InlineData("@daily", "0 0 * * *")]
    [InlineData("@midnight", "0 0 * * *")]
    [InlineData("@weekly", "0 0 * * 0")]
    [InlineData("@monthly", "0 0 1 * *")]
    [InlineData("@yearly", "0 0 1 1 *")]
    [InlineData("@annually", "0 0 1 1 *")]
    public void C11_C12_NamesAndWords_MeanTheirNumbers(string text, string same)
    {
        Assert.Equal(text.Trim(' ', '\t'), CronExpression.Parse(text).Text);
        Assert.Equal(Slots(same, "2026-03-01T00:00:00Z", 40), Slots(text, "2026-03-01T00:00:00Z", 40));
    }

    [Fact]
    public void Next_LeapDayOnAWeekdayOverACentury_IsFound()
    {
        // A step of seven in the weekdays leaves Sunday and, as it begins with a star, asks for both.
        var sundays = Enumerable.Range(2061, 90).Where(year => DateTime.IsLeapYear(year) && new DateTime(year, 2, 29).DayOfWeek == DayOfWeek.Sunday).ToList();
        Assert.Equal(40, sundays[1] - sundays[0]);
        Assert.Equal(sundays.Select(year => $"{year}-02-29T00:00:00Z"), Slots("0 0 29 2 */7", "2060-03-01T00:00:00Z", sundays.Count));
        Assert.Equal(["2104-02-29T00:00:00Z"], Slots("0 0 29 2 *", "2096-02-29T00:00:00Z", 1));
    }

    [Theory]
    [InlineData("0 9 * * *", "at 09:00 every day")]
    [InlineData("0 9,17 * * mon-fri", "at 09:00 and 17:00 on Monday to Friday")]
    [InlineData("*/15 * * * *", "every 15 minutes every day")]
    [InlineData("*/7 * * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour every day")]
    [InlineData("* * * * *", "every minute every day")]
    [InlineData("*/10 9-17 * * *", "every 10 minutes in the hours 9 to 17 every day")]
    [InlineData("0 */2 * * *", "every 2 hours at minute 0 every day")]
    [InlineData("5 * * * *", "at minute 5 of every hour every day")]
    [InlineData("0 9 13 * 5", "at 09:00 on day 13 of the month and also on every Friday")]
    [InlineData("0 9 1,15 1-3 *", "at 09:00 on days 1 and 15 of the month in January to March")]
    [InlineData("0 9 * * 0,6", "at 09:00 on Saturday and Sunday")]
    [InlineData("@weekly", "at 00:00 on Sunday")]
    public void Describe_SaysItInWords(string text, string words) => Assert.Equal(words, CronExpression.Parse(text).Describe());

    internal static List<string> Slots(string text, string after, int count, string zone = "UTC")
    {
        var cron = CronExpression.Parse(text);
        var at = InstantPattern.General.Parse(after).Value;
        var slots = new List<string>();
        while (slots.Count < count)
        {
            at = cron.Next(at, DateTimeZoneProviders.Tzdb[zone])!.Value.At;
            slots.Add(InstantPattern.ExtendedIso.Format(at));
        }
        return slots;
    }
}
