using Vigil.Tasks;
using Vigil.Testing;

namespace Vigil.Tests.Tasks;

public sealed class TokenBucketTests
{
    [Fact]
    public void C77_Take_AMinutesWorthAtOnceThenEvenly()
    {
        var clock = new VirtualClock();
        var bucket = new TokenBucket(30, clock);
        for (var i = 0; i < 30; i++)
            Assert.Null(bucket.Take());
        Assert.Equal(TimeSpan.FromSeconds(2), bucket.Take());
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(bucket.Take());
        Assert.NotNull(bucket.Take());
        clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 30; i++)
            Assert.Null(bucket.Take());
        Assert.NotNull(bucket.Take());
    }
}
