namespace Vigil.Models.Http;

/// <summary>An answer's body that fails when it falls silent: <see cref="ProviderOptions.FirstByteTimeout"/> for the first bytes, <see cref="ProviderOptions.IdleTimeout"/> between later ones. It also fails when it does not end.</summary>
internal sealed class WatchedStream(Stream inner, ProviderOptions options, TimeProvider time) : Stream
{
    /// <summary>The longest answers of today's models, in the most wordy of streams, are a third of this. What comes without end would take all memory.</summary>
    internal const long LongestAnswer = 128L * 1024 * 1024;

    /// <summary>What stands between two line ends is held whole: one event of a stream, or an answer that is not streamed.</summary>
    internal const long LongestLine = 16 * 1024 * 1024;

    // One source for all reads: a timer is set and unset again, not made anew.
    private readonly CancellationTokenSource _silence = new(Timeout.InfiniteTimeSpan, time);
    private bool _begun;
    private long _length;
    private long _line;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var limit = _begun ? options.IdleTimeout : options.FirstByteTimeout;
        try
        {
            _silence.CancelAfter(limit);
            using var registration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _silence);
            var read = await inner.ReadAsync(buffer, _silence.Token);
            _begun |= read > 0;
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
            _length += read;
            var end = buffer.Span[..read].LastIndexOf((byte)'\n');
            _line = end < 0 ? _line + read : read - end - 1;
            if (_length > LongestAnswer)
                throw new ModelFailureException(FailureReader.Endless(options, LongestAnswer));
            return _line <= LongestLine ? read : throw new ModelFailureException(FailureReader.Endless(options, LongestLine));
        }
        catch (OperationCanceledException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ModelFailureException(FailureReader.Timeout(options, limit, _begun), e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new ModelFailureException(FailureReader.Network(options, "The connection to the provider broke within the answer."), e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are read asynchronously: a blocked thread cannot be cancelled.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _silence.Dispose();
        }

        base.Dispose(disposing);
    }
}
