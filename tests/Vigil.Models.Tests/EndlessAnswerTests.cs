using Vigil.Models.Http;

namespace Vigil.Models.Tests;

public sealed class EndlessAnswerTests
{
    [Fact]
    public async Task Read_AnswerWithoutEnd_FailsOnceItIsLongerThanAnyAnswer()
    {
        await using var answer = new WatchedStream(new Endless(), new ProviderOptions("openai", "openai"), new ManualTime());
        var buffer = new byte[1024 * 1024];
        long length = 0;
        var failed = await Assert.ThrowsAsync<ModelFailureException>(async () =>
        {
            while (length <= 2 * WatchedStream.LongestAnswer)
                length += await answer.ReadAsync(buffer, CancellationToken.None);
        });
        Assert.Equal(WatchedStream.LongestAnswer, length);
        Assert.False(failed.Failure.IsTransient);
        Assert.Contains("128 MiB", failed.Failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Fills whatever buffer it is given.</summary>
    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(buffer.Length);
    }
}
