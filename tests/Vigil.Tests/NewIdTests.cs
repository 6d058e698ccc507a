using Vigil.Testing;

namespace Vigil.Tests;

public sealed class NewIdTests
{
    [Fact]
    public void IdsOfOneMillisecond_SortInTheOrderInWhichTheyWereMade()
    {
        var clock = new VirtualClock(new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));
        var ids = Enumerable.Range(0, 5_000).Select(_ => NewId.Run(clock)).ToList();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        ids.Add(NewId.Run(clock));
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^run_[0-9a-hjkmnp-tv-z]{20}$", id));
    }

    [Fact]
    public void IdsOfTwoProcesses_AreNotAlike()
    {
        var at = new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero);
        var ids = Enumerable.Range(0, 1_000).Select(_ => NewId.Work(new VirtualClock(at))).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Single(ids.Select(id => id[..13]).Distinct());
    }
}
