using System.Text;

namespace Vigil.Tools.Shell;

/// <summary>Keeps the beginning of what a program writes and counts the rest; the program is never held up by it.</summary>
internal sealed class CappedOutput(int cap)
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private long _dropped;

    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString();
        }
    }

    public long Dropped => Interlocked.Read(ref _dropped);

    public async Task ReadAsync(StreamReader reader)
    {
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer) is var count and > 0)
                Add(buffer.AsSpan(0, count));
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The process object went away while a stray child still held the pipe.
        }
    }

    private void Add(ReadOnlySpan<char> part)
    {
        lock (_lock)
        {
            var room = Math.Min(part.Length, cap - _text.Length);
            _text.Append(part[..room]);
            _dropped += part.Length - room;
        }
    }
}
