using Vigil.Errors;
using Vigil.Testing;
using Vigil.Time;

namespace Vigil.Tests.Time;

public sealed class ClockTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 29, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void TestClock_StartsWhereItIsToldAndRunsAtItsFactor()
    {
        var real = new VirtualClock();
        var clock = new TestClock(s_start, 60, real);
        Assert.Equal(s_start, clock.GetUtcNow());
        var stamp = clock.GetTimestamp();
        real.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(s_start.AddMinutes(10), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(10), clock.GetElapsedTime(stamp));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(1440)]
    public void TestClock_Timers_FollowItAndNeverFireEarly(double factor)
    {
        var real = new VirtualClock();
        var clock = new TestClock(s_start, factor, real);
        DateTimeOffset? fired = null;
        using var timer = clock.CreateTimer(_ => fired ??= clock.GetUtcNow(), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        for (var i = 0; i < 62_000 && fired is null; i++)
            real.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(fired);
        Assert.True(fired >= s_start.AddMinutes(1), $"{fired:O}");
        // Whole milliseconds of the world, at most two of them late.
        Assert.True(fired <= s_start.AddMinutes(1) + TimeSpan.FromMilliseconds(2 * factor), $"{fired:O}");
    }

    [Fact]
    public void TestClock_Leap_FiresWhatItPassedOnceAndTheRestAtTheirInstants()
    {
        var real = new VirtualClock();
        var clock = new TestClock(s_start, 1, real);
        var fired = new List<string>();
        using var passed = clock.CreateTimer(_ => fired.Add($"passed {clock.GetUtcNow() - s_start}"), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        using var later = clock.CreateTimer(_ => fired.Add($"later {clock.GetUtcNow() - s_start}"), null, TimeSpan.FromMinutes(11), Timeout.InfiniteTimeSpan);
        using var hourly = clock.CreateTimer(_ => fired.Add($"hourly {clock.GetUtcNow() - s_start}"), null, TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));
        var stamp = clock.GetTimestamp();
        clock.Leap(TimeSpan.FromMinutes(10));
        Assert.Equal(s_start.AddMinutes(10), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(10), clock.GetElapsedTime(stamp));
        real.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, fired.Count);
        Assert.DoesNotContain(fired, one => one.StartsWith("later", StringComparison.Ordinal));
        real.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("later 00:11:00", fired[2]);
        clock.Leap(TimeSpan.FromMinutes(30));
        real.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, fired.Count);
    }

    [Fact]
    public void TestClock_Leap_LeavesDisposedAndUnsetTimersAlone()
    {
        var real = new VirtualClock();
        var clock = new TestClock(s_start, 1, real);
        var fired = 0;
        var gone = clock.CreateTimer(_ => fired++, null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        using var unset = clock.CreateTimer(_ => fired++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        gone.Dispose();
        clock.Leap(TimeSpan.FromHours(1));
        real.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, fired);
        unset.Change(TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        clock.Leap(TimeSpan.FromHours(1));
        real.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
    }

    [Theory]
    [InlineData("2026-03-29T00:00:00Z", 1)]
    [InlineData("2026-03-29T02:00:00+02:00@60", 60)]
    [InlineData("2026-03-29@0.5", 0.5)]
    public void FromText_AnInstantWithOrWithoutFactor_IsAClock(string text, double factor)
    {
        var clock = Assert.IsType<TestClock>(TestClock.FromText(text));
        Assert.InRange((clock.GetUtcNow() - s_start).TotalSeconds, 0, 30 * factor);
    }

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("2026-03-29@")]
    [InlineData("2026-03-29@0")]
    [InlineData("2026-03-29@-1")]
    [InlineData("2026-03-29@1@2")]
    public void FromText_Nonsense_IsAFaultThatShowsAGoodOne(string text)
        => Assert.Contains("2026-03-29T00:00:00Z@60", Assert.Throws<FaultException>(() => TestClock.FromText(text)).Fault.Hint, StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void FromText_Nothing_IsTheSystemsClock(string? text) => Assert.Same(TimeProvider.System, TestClock.FromText(text));

    [Fact]
    public async Task VirtualClock_FiresTimersInTheOrderOfTheirInstants()
    {
        var clock = new VirtualClock(s_start);
        var fired = new List<string>();
        using var late = clock.CreateTimer(_ => fired.Add($"late {clock.GetUtcNow() - s_start}"), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using var periodic = clock.CreateTimer(_ => fired.Add($"tick {clock.GetUtcNow() - s_start}"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        var delay = Task.Delay(TimeSpan.FromSeconds(6), clock);
        await clock.WaitForTimersAsync(3);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["tick 00:00:02", "tick 00:00:04", "late 00:00:05", "tick 00:00:06"], fired);
        await delay;
        Assert.Equal(s_start.AddSeconds(6), clock.GetUtcNow());
    }
}
