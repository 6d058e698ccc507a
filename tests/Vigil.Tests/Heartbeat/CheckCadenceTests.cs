using NodaTime;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Settings;

namespace Vigil.Tests.Heartbeat;

public sealed class CheckCadenceTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly BeatGrid Grid = new(AgentId.Main, Duration.FromMinutes(30));
    private static readonly ActiveHours Day = Hours("08:00", "23:00");
    private static readonly Instant Noon = new LocalDateTime(2026, 6, 10, 12, 0).InZoneStrictly(Berlin).ToInstant();

    [Fact]
    public void H35_NoCadence_IsDueAtEverySlotInsideTheHours()
    {
        Assert.True(CheckCadence.EverySlot.IsDue(Noon, Noon - Duration.FromMinutes(30), 20, Day));
        Assert.False(CheckCadence.EverySlot.IsDue(Noon + Duration.FromHours(12), null, 0, Day));
        Assert.Equal(Grid.Next(Noon), CheckCadence.EverySlot.NextDue(Noon, null, 0, Day, Grid));
    }

    [Fact]
    public void H36_EveryFourHours_IsNotDueWithinThem()
    {
        var cadence = new CheckCadence.Every(Duration.FromHours(4));
        var slot = Grid.AtOrAfter(Noon);
        Assert.True(cadence.IsDue(slot, null, 0, Day));
        for (var later = 1; later < 8; later++)
            Assert.False(cadence.IsDue(slot + (later * Grid.Interval), slot, 1, Day));
        Assert.True(cadence.IsDue(slot + Duration.FromHours(4), slot, 1, Day));
        Assert.Equal(slot + Duration.FromHours(4), cadence.NextDue(slot, slot, 1, Day, Grid));
    }

    [Fact]
    public void NextDue_OutsideTheHours_IsTheFirstSlotOfTheNextWindow()
    {
        var late = new LocalDateTime(2026, 6, 10, 22, 0).InZoneStrictly(Berlin).ToInstant();
        var opening = new LocalDateTime(2026, 6, 11, 8, 0).InZoneStrictly(Berlin).ToInstant();
        Assert.Equal(Grid.AtOrAfter(opening), new CheckCadence.Every(Duration.FromHours(4)).NextDue(late, late, 1, Day, Grid));
    }

    [Theory]
    [InlineData("08:00", "23:00", 3, 3)]
    [InlineData("08:00", "23:00", 1, 1)]
    [InlineData("22:00", "06:00", 3, 3)]
    [InlineData("00:00", "24:00", 4, 4)]
    [InlineData("08:00", "09:00", 5, 2)]
    public void H37_TimesADay_AreAtMostThatManyAndSpreadOverTheWindow(string start, string end, int times, int expected)
    {
        var hours = Hours(start, end);
        var cadence = new CheckCadence.PerDay(times);
        for (var day = 0; day < 4; day++)
        {
            // From the Friday before the clocks go back over the weekend.
            var date = new LocalDate(2026, 10, 23).PlusDays(day);
            var (done, _) = Play(cadence, hours, date, slot => true);
            Assert.Equal(expected, done.Count);
            var open = hours.OpenSpans(date).Aggregate(Duration.Zero, (sum, span) => sum + span.Duration);
            if (times == expected && times > 1)
                Assert.All(done.Zip(done.Skip(1)), pair => Assert.True(pair.Second - pair.First >= (open / times) - Grid.Interval, $"{pair}"));
        }
    }

    [Fact]
    public void H37_GatewayDownInTheMorning_DoesNotCatchUpInABurst()
    {
        var (done, slots) = Play(new CheckCadence.PerDay(3), Day, new LocalDate(2026, 6, 10), slot => slot.InZone(Berlin).Hour >= 15);
        Assert.Equal(2, done.Count);
        Assert.True(slots.IndexOf(done[1]) - slots.IndexOf(done[0]) > 3);
    }

    [Fact]
    public void H37_DoneOftenEnough_IsNotDueAgainThatDay()
    {
        Assert.False(new CheckCadence.PerDay(3).IsDue(Noon, null, 3, Day));
        var next = new CheckCadence.PerDay(3).NextDue(Noon, Noon, 3, Day, Grid)!.Value;
        Assert.Equal(new LocalDate(2026, 6, 11), next.InZone(Berlin).Date);
    }

    [Fact]
    public void NextDue_RandomCases_IsTheFirstSlotThatIsDue()
    {
        var random = new Random(91);
        string[] names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        for (var round = 0; round < 300; round++)
        {
            var hours = ActiveHours.Read(new ActiveHoursSettings
            {
                Days = names.Where(_ => random.Next(2) == 0).DefaultIfEmpty("wed")
                    .ToDictionary(day => day, _ => new HoursSettings { Start = $"{random.Next(12):00}:30", End = $"{random.Next(24):00}:00" }),
            }, Berlin).Hours!;
            var grid = new BeatGrid(AgentId.Parse($"a{round}"), Duration.FromMinutes(random.Next(5, 90)));
            CheckCadence cadence = random.Next(3) switch
            {
                0 => CheckCadence.EverySlot,
                1 => new CheckCadence.Every(Duration.FromMinutes(random.Next(1, 3000))),
                _ => new CheckCadence.PerDay(random.Next(1, 6)),
            };
            var now = Instant.FromUtc(2026, 10, 20, 0, 0) + Duration.FromMinutes(random.Next(10 * 1440));
            Instant? last = random.Next(3) == 0 ? null : now - Duration.FromMinutes(random.Next(2000));
            var today = now.InZone(Berlin).Date;
            var done = last?.InZone(Berlin).Date == today ? random.Next(1, 4) : 0;
            var slow = grid.Next(now);
            while (!cadence.IsDue(slow, last, slow.InZone(Berlin).Date == today ? done : 0, hours) && slow < now + Duration.FromDays(16))
                slow = grid.Next(slow);
            Assert.True(slow == cadence.NextDue(now, last, done, hours, grid), $"round {round}, seed 91: {cadence} at {now}, last {last}, {slow}");
        }
    }

    private static (List<Instant> Done, List<Instant> Slots) Play(CheckCadence cadence, ActiveHours hours, LocalDate date, Func<Instant, bool> up)
    {
        var end = hours.Zone.AtStartOfDay(date.PlusDays(1)).ToInstant();
        List<Instant> done = [], slots = [];
        for (var slot = Grid.AtOrAfter(hours.Zone.AtStartOfDay(date).ToInstant()); slot < end; slot = Grid.Next(slot))
        {
            slots.Add(slot);
            if (up(slot) && cadence.IsDue(slot, done.Count > 0 ? done[^1] : null, done.Count, hours))
                done.Add(slot);
        }
        return (done, slots);
    }

    private static ActiveHours Hours(string start, string end) => ActiveHours.Read(new ActiveHoursSettings { Start = start, End = end }, Berlin).Hours!;
}
