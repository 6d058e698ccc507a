using System.Runtime.CompilerServices;
using Vigil.Errors;

namespace Vigil.Gateway.OpenAi;

/// <summary>An answer that goes on without its caller: it is written here, and whoever wants it reads it from the beginning.</summary>
internal sealed class Transcript : IAnswerSink
{
    private readonly Lock _lock = new();
    private readonly List<AnswerFrame> _frames = [];
    private TaskCompletionSource _changed = New();
    private bool _ended;

    public bool HasBegun
    {
        get
        {
            lock (_lock)
                return _frames.Count > 0;
        }
    }

    public IReadOnlyList<AnswerFrame> Frames
    {
        get
        {
            lock (_lock)
                return [.. _frames];
        }
    }

    public static Transcript Of(IEnumerable<AnswerFrame> frames)
    {
        var transcript = new Transcript { _ended = true };
        transcript._frames.AddRange(frames);
        return transcript;
    }

    /// <summary>Why there is no answer, once it has ended.</summary>
    public Fault? Fault { get; private set; }

    public ValueTask SendAsync(AnswerFrame frame)
    {
        lock (_lock)
        {
            // Whoever reads along knows of no end before it comes.
            _frames.Add(frame with { IsFollowed = false });
            Tell();
        }
        return ValueTask.CompletedTask;
    }

    public void End(Fault? fault)
    {
        lock (_lock)
        {
            Fault = fault;
            _ended = true;
            Tell();
        }
    }

    public async IAsyncEnumerable<AnswerFrame> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = 0; ;)
        {
            AnswerFrame? frame;
            Task changed;
            lock (_lock)
            {
                frame = next < _frames.Count ? _frames[next++] : null;
                if (frame is null && _ended)
                    yield break;
                changed = _changed.Task;
            }
            if (frame is not null)
                yield return frame;
            else
                await changed.WaitAsync(cancellationToken);
        }
    }

    private void Tell()
    {
        _changed.SetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
