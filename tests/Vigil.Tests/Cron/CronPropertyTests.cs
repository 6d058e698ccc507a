using NodaTime;
using Vigil.Cron;

namespace Vigil.Tests.Cron;

public sealed class CronPropertyTests
{
    private static readonly string[] Weekdays = ["sun", "MON", "Tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] Months = ["jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    [Theory]
    [InlineData("America/New_York", 1)]
    [InlineData("Europe/Berlin", 2)]
    [InlineData("Australia/Lord_Howe", 3)]
    [InlineData("Asia/Kathmandu", 4)]
    [InlineData("Pacific/Apia", 5)]
    [InlineData("Pacific/Kiritimati", 6)]
    [InlineData("America/Sao_Paulo", 7)]
    [InlineData("Africa/Casablanca", 8)]
    [InlineData("America/St_Johns", 9)]
    [InlineData("Antarctica/Troll", 10)]
    [InlineData("Asia/Tehran", 11)]
    [InlineData("UTC", 12)]
    public void Next_RandomExpressionsAroundClockChanges_EqualsMinuteByMinuteCalculation(string zoneId, int seed)
    {
        var zone = DateTimeZoneProviders.Tzdb[zoneId];
        var random = new Random(seed);
        // Earlier offsets have seconds in them, which no whole minute of UTC meets.
        var first = Instant.FromUtc(1975, 1, 1, 0, 0);
        var changes = zone.GetZoneIntervals(first, Instant.FromUtc(2045, 1, 1, 0, 0))
            .Where(piece => piece.HasStart).Select(piece => piece.Start).Where(start => start >= first).ToList();
        for (var round = 0; round < 40; round++)
        {
            var text = Expression(random);
            if (!CronExpression.TryParse(text, out var cron, out var error))
            {
                Assert.Contains("never due", error.Problem, StringComparison.Ordinal);
                continue;
            }
            var middle = changes.Count > 0 && round % 4 != 0
                ? changes[random.Next(changes.Count)]
                : Instant.FromUtc(1990, 1, 1, 0, 0) + Duration.FromMinutes(random.Next(50 * 365 * 1440));
            var after = middle - Duration.FromMinutes(random.Next(2 * 1440));
            var through = middle + Duration.FromMinutes(random.Next(1, 3 * 1440));
            var slow = new SlowCron(text).Slots(after, through, zone);
            var fast = new List<Instant>();
            for (var slot = cron.Next(after, zone); slot is { } due && due.At <= through; slot = cron.Next(due.At, zone))
                fast.Add(due.At);
            Assert.True(slow.SequenceEqual(fast), $"'{text}' in {zoneId} from {after} through {through}, seed {seed}: " +
                $"missing {string.Join(' ', slow.Except(fast).Take(3))}, too many {string.Join(' ', fast.Except(slow).Take(3))}");
        }
    }

    [Fact]
    public void Next_RandomStarts_IsTheFirstSlotAfterAnyInstant()
    {
        var zone = DateTimeZoneProviders.Tzdb["Australia/Lord_Howe"];
        var random = new Random(21);
        var change = zone.GetZoneInterval(Instant.FromUtc(2026, 6, 1, 0, 0)).Start;
        foreach (var text in new[] { "45 1 * * *", "40,50 1-2 * * *", "*/10 * * * *", "0 1-3 * * *", "45 */2 * * *", "*/20 2 * * 0" })
        {
            var cron = CronExpression.Parse(text);
            var slow = new SlowCron(text).Slots(change - Duration.FromDays(1), change + Duration.FromDays(9), zone);
            for (var i = 0; i < 200; i++)
            {
                var after = change + Duration.FromSeconds(random.Next(-40_000, 40_000));
                Assert.Equal(slow.First(at => at > after), cron.Next(after, zone)!.Value.At);
            }
        }
    }

    [Fact]
    public void Next_RandomDayFields_EqualsDayByDayCalculationOverFortyYears()
    {
        var random = new Random(31);
        var zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        for (var round = 0; round < 60; round++)
        {
            var text = $"30 12 {Field(random, 1, 31, [])} {Field(random, 1, 12, Months)} {Field(random, 0, 7, Weekdays)}";
            if (!CronExpression.TryParse(text, out var cron, out _))
                continue;
            var slow = new SlowCron(text);
            var at = Instant.FromUtc(2080, 1, 1, 0, 0);
            var date = new LocalDate(2080, 1, 1);
            for (var found = 0; found < 30 && date.Year < 2120; date = date.PlusDays(1))
            {
                if (!slow.MatchesDate(date))
                    continue;
                at = cron.Next(at, zone)!.Value.At;
                Assert.True(at == date.At(new LocalTime(12, 30)).InZoneStrictly(zone).ToInstant(), $"'{text}' at {date}, seed 31: {at}");
                found++;
            }
        }
    }

    [Fact]
    public void TryParse_RandomText_NeverThrowsAndItsNearestIsAccepted()
    {
        var random = new Random(41);
        const string Signs = "0123456789*/-, @?LW#abdefjmonu.\t";
        for (var round = 0; round < 20_000; round++)
        {
            var text = round % 2 == 0
                ? new string(Enumerable.Range(0, random.Next(20)).Select(_ => Signs[random.Next(Signs.Length)]).ToArray())
                : Spoil(Expression(random), random, Signs);
            if (CronExpression.TryParse(text, out _, out var error))
                continue;
            Assert.InRange(error.Column, 1, text.Length + 1);
            Assert.False(string.IsNullOrEmpty(error.Allowed));
            if (error.BadValue.Length > 0)
                Assert.Equal(error.BadValue, text.Substring(error.Column - 1, error.BadValue.Length));
            if (error.Nearest is { } nearest)
                Assert.True(CronExpression.TryParse(nearest, out _, out _), $"'{text}' led to '{nearest}', seed 41");
        }
    }

    private static string Spoil(string text, Random random, string signs)
    {
        var at = random.Next(text.Length);
        return random.Next(3) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, signs[random.Next(signs.Length)].ToString()),
            _ => text.Remove(at, 1).Insert(at, signs[random.Next(signs.Length)].ToString()),
        };
    }

    private static string Expression(Random random)
        => $"{Field(random, 0, 59, [])} {Field(random, 0, 23, [])} {Field(random, 1, 31, [])} {Field(random, 1, 12, Months, 4)} {Field(random, 0, 7, Weekdays)}";

    private static string Field(Random random, int min, int max, string[] names, int stars = 2)
    {
        if (random.Next(stars + 2) < stars)
            return "*";
        return string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Element()));

        string Element()
        {
            var first = random.Next(min, max + 1);
            var last = random.Next(first, max + 1);
            return random.Next(6) switch
            {
                0 => $"*/{random.Next(1, Math.Min(max, 12) + 1)}",
                1 => $"{Name(first)}-{Name(last)}",
                2 => $"{first}-{last}/{random.Next(1, Math.Min(max, 7) + 1)}",
                _ => Name(first),
            };
        }

        // A name stands for the lower number of two, so Sunday as an end stays a digit.
        string Name(int value) => names.Length > 0 && random.Next(2) == 0 && value >= min && value - min < names.Length && (min == 1 || value > 0)
            ? names[value - min]
            : $"{value}";
    }
}
