namespace Vigil.Scheduling;

/// <summary>When this node last pulsed.</summary>
internal sealed class PulseState
{
    private long _last;

    public DateTimeOffset? Last => Interlocked.Read(ref _last) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Mark(DateTimeOffset at) => Interlocked.Exchange(ref _last, at.UtcTicks);
}
