namespace Vigil.Cli.Up;

/// <summary>Tells a second wish to stop from the first one heard twice, as when a wrapper and the terminal both pass it on.</summary>
internal sealed class StopWishes(TimeProvider time)
{
    // A person takes longer than this to lose their patience.
    private static readonly TimeSpan s_echo = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private long? _first;

    public bool IsAnother()
    {
        lock (_lock)
        {
            _first ??= time.GetTimestamp();
            return time.GetElapsedTime(_first.Value) > s_echo;
        }
    }
}
