namespace Vigil.Tests;

public sealed class CountedTests
{
    [Theory]
    [InlineData(0, "0 replies")]
    [InlineData(1, "1 reply")]
    [InlineData(2, "2 replies")]
    [InlineData(1204, "1,204 replies")]
    public void Of_AnyCount_HasTheWordForIt(long count, string expected) => Assert.Equal(expected, Counted.Of(count, "reply", "replies"));

    [Fact]
    public void Of_WithoutAWordForSeveral_AddsAnS() => Assert.Equal("1 call, 3 calls", $"{Counted.Of(1, "call")}, {Counted.Of(3, "call")}");
}
