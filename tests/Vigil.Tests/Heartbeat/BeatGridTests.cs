using NodaTime;
using Vigil.Agents;
using Vigil.Heartbeat;

namespace Vigil.Tests.Heartbeat;

public sealed class BeatGridTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 29, 0, 0);

    [Fact]
    public void H1_Slots_LieExactlyOneIntervalApartOverAClockChange()
    {
        var grid = new BeatGrid(AgentId.Main, Duration.FromMinutes(30));
        var at = Now;
        for (var slot = 0; slot < 100; slot++)
        {
            var next = grid.Next(at);
            Assert.Equal(slot == 0 ? next : at + Duration.FromMinutes(30), next);
            at = next;
        }
    }

    [Fact]
    public void H2_FirstSlot_LiesWithinOneInterval()
        => Assert.InRange(new BeatGrid(AgentId.Main, Duration.FromHours(1)).Next(Now) - Now, Duration.Epsilon, Duration.FromHours(1));

    [Fact]
    public void H3_Agents_AreSpreadOverTheIntervalAndKeepTheirPhase()
    {
        var interval = Duration.FromMinutes(30);
        var phases = Enumerable.Range(0, 1000).Select(i => new BeatGrid(AgentId.Parse($"agent-{i}"), interval).Phase).ToList();
        // Thirty buckets of a minute would hold 33 each if spread evenly.
        Assert.All(phases.GroupBy(phase => (int)phase.TotalMinutes), bucket => Assert.InRange(bucket.Count(), 10, 70));
        Assert.Equal(30, phases.Select(phase => (int)phase.TotalMinutes).Distinct().Count());
        Assert.Equal(phases[7], new BeatGrid(AgentId.Parse("agent-7"), interval).Phase);
        // A changed hash would move every agent's slots at an update.
        Assert.Equal(Duration.FromSeconds(MainPhaseSeconds), new BeatGrid(AgentId.Main, interval).Phase);
    }

    [Fact]
    public void H6_CountBetween_IsTheNumberOfSlots()
    {
        var random = new Random(61);
        for (var round = 0; round < 500; round++)
        {
            var grid = new BeatGrid(AgentId.Parse($"a{round}"), Duration.FromSeconds(random.Next(60, 90_000)));
            var after = Now + Duration.FromMilliseconds(random.NextInt64(-4_000_000_000_000, 4_000_000_000));
            var through = after + Duration.FromMilliseconds(random.NextInt64(0, 900_000_000));
            var count = 0;
            for (var at = grid.Next(after); at <= through; at = grid.Next(at))
                count++;
            Assert.Equal(count, grid.CountBetween(after, through));
            Assert.Equal(grid.Next(after), grid.Previous(after) + grid.Interval);
            Assert.Equal(grid.Next(after), grid.AtOrAfter(grid.Next(after)));
            Assert.True(grid.Previous(after) <= after && grid.Next(after) > after);
        }
        Assert.Equal(0, new BeatGrid(AgentId.Main, Duration.FromHours(1)).CountBetween(Now, Now - Duration.FromDays(1)));
    }

    [Fact]
    public void H9_IntervalBelowAMinute_IsABug()
        => Assert.Throws<ArgumentOutOfRangeException>(() => new BeatGrid(AgentId.Main, Duration.FromSeconds(59)));

    // SHA-256 of "main", its first eight bytes modulo 1,800 seconds.
    private const int MainPhaseSeconds = 651;
}
