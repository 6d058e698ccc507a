using System.Text;

namespace Vigil.Tools.Shell;

/// <summary>Keeps the beginning of what a program writes, or its end, and counts the rest; the program is never held up by it.</summary>
internal sealed class CappedOutput(int cap, bool keepsEnd = false)
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private long _written;

    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString(_text.Length - Kept, Kept);
        }
    }

    public long Dropped
    {
        get
        {
            lock (_lock)
                return _written - Kept;
        }
    }

    private int Kept => Math.Min(_text.Length, cap);

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
            _written += part.Length;
            if (!keepsEnd)
            {
                _text.Append(part[..Math.Min(part.Length, cap - _text.Length)]);
                return;
            }
            _text.Append(part);
            // Cut when twice as much is there, so that each character is moved once and not with every part.
            if (_text.Length > 2 * cap)
                _text.Remove(0, _text.Length - cap);
        }
    }
}
