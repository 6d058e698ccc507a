using Vigil.Gateway.Listening;

namespace Vigil.Gateway.Tests.Errors;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData("1024                 4096                 files", 256)]
    [InlineData("524288               524288               files", 10_000)]
    [InlineData("unlimited            unlimited            files", 10_000)]
    [InlineData("1                    1                    files", 1)]
    public void Of_LimitsOfTheProcess_LeavesDescriptorsForTheRest(string files, int connections)
        => Assert.Equal(connections, ConnectionLimit.Of($"Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            {files}     \n"));

    [Fact]
    public void Of_ATextWithoutThem_IsTheUsualNumber() => Assert.Equal(10_000, ConnectionLimit.Of(""));

    [Fact]
    public void Current_IsANumberThatServes() => Assert.InRange(ConnectionLimit.Current(), 1, 10_000);
}
