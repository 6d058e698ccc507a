namespace Vigil.Tasks;

/// <summary>So many in a minute, evenly refilled; a full minute's worth may come at once.</summary>
public sealed class TokenBucket(int perMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _tokens = perMinute;
    private long _at = time.GetTimestamp();

    public int PerMinute => perMinute;

    /// <summary>Null when there was one left, else how long until the next.</summary>
    public TimeSpan? Take()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(perMinute, _tokens + (time.GetElapsedTime(_at, now).TotalMinutes * perMinute));
            _at = now;
            if (_tokens < 1)
                return TimeSpan.FromMinutes((1 - _tokens) / perMinute);
            _tokens--;
            return null;
        }
    }
}
