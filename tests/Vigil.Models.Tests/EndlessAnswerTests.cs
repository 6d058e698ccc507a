using Vigil.Models.Calls;
using Vigil.Models.Http;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

public sealed class EndlessAnswerTests
{
    [Theory]
    [InlineData((byte)'\n', WatchedStream.LongestAnswer, "128 MiB")]
    [InlineData((byte)'x', WatchedStream.LongestLine, "16 MiB")]
    public async Task Read_AnswerWithoutEnd_FailsOnceItIsLongerThanAnyAnswer(byte filling, long longest, string said)
    {
        await using var answer = new WatchedStream(new Endless(filling), new ProviderOptions("openai", "openai"), new ManualTime());
        var buffer = new byte[1024 * 1024];
        long length = 0;
        var failed = await Assert.ThrowsAsync<ModelFailureException>(async () =>
        {
            while (length <= 2 * WatchedStream.LongestAnswer)
                length += await answer.ReadAsync(buffer, CancellationToken.None);
        });
        Assert.Equal(longest, length);
        Assert.False(failed.Failure.IsTransient);
        Assert.Contains(said, failed.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("anthropic", false)]
    public async Task Call_MoreWordsThanAnyModelSays_FailsInsteadOfKeepingThem(string provider, bool thought)
    {
        await using var bed = await ModelBed.StartAsync();
        var words = string.Join(' ', Enumerable.Repeat(new string('x', 1024 * 1024), (ModelAttempt.MostLetters / 1024 / 1024) + 1));
        bed.Server.Enqueue(thought ? new FakeModelReply { Reasoning = words, Text = "well" } : FakeModelReply.Say(words));
        var failed = await bed.FailAsync(ModelBed.Call($"{provider}/m"));
        Assert.Contains("did not end", failed.Failure.Message, StringComparison.Ordinal);
        Assert.Single(bed.Server.Requests);
    }

    /// <summary>Fills whatever buffer it is given.</summary>
    private sealed class Endless(byte filling) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill(filling);
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
