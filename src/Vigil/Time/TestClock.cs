using System.Globalization;
using Vigil.Errors;

namespace Vigil.Time;

/// <summary>
/// A clock that starts at a chosen instant and may run faster than the world: for tests and rehearsals of a real process
/// (<c>VIGIL_TEST_CLOCK=2026-03-29T00:00:00Z@60</c>). Timers follow it and never fire before their instant on it.
/// </summary>
public sealed class TestClock : TimeProvider
{
    public const string Variable = "VIGIL_TEST_CLOCK";

    private readonly TimeProvider _real;
    private readonly DateTimeOffset _start;
    private readonly double _factor;
    private readonly long _origin;

    public TestClock(DateTimeOffset start, double factor = 1, TimeProvider? real = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(factor, 0);
        _real = real ?? System;
        _start = start.ToUniversalTime();
        _factor = factor;
        _origin = _real.GetTimestamp();
    }

    public override TimeZoneInfo LocalTimeZone => _real.LocalTimeZone;

    public override long TimestampFrequency => _real.TimestampFrequency;

    /// <summary>The clock that the text asks for; the system's when it is null or blank.</summary>
    /// <exception cref="FaultException">The text is neither an instant nor an instant with a factor.</exception>
    public static TimeProvider FromText(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return System;
        var parts = text.Trim().Split('@');
        var factor = 1d;
        const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (parts.Length <= 2
            && DateTimeOffset.TryParse(parts[0], CultureInfo.InvariantCulture, Universal, out var start)
            && (parts.Length == 1 || (double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out factor) && factor is > 0 and <= 100_000)))
            return new TestClock(start, factor);
        throw new FaultException(new Fault(
            "bad_test_clock", $"{Variable} is '{text}', which is no instant.", "Write for example 2026-03-29T00:00:00Z, or 2026-03-29T00:00:00Z@60 for sixty times the speed.", Variable));
    }

    public override DateTimeOffset GetUtcNow() => _start + _real.GetElapsedTime(_origin) * _factor;

    public override long GetTimestamp() => _origin + (long)((_real.GetTimestamp() - _origin) * _factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => new FollowingTimer(this, callback, state, dueTime, period);

    private TimeSpan ToReal(TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
            return time;
        // Timers of the system count whole milliseconds and may be a fraction early: one more keeps the promise not to fire early.
        var milliseconds = Math.Ceiling(time.TotalMilliseconds / _factor) + (_factor > 1 ? 1 : 0);
        return TimeSpan.FromMilliseconds(Math.Min(milliseconds, uint.MaxValue - 1));
    }

    private sealed class FollowingTimer : ITimer
    {
        private readonly TestClock _clock;
        private readonly ITimer _timer;

        public FollowingTimer(TestClock clock, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _clock = clock;
            _timer = clock._real.CreateTimer(callback, state, clock.ToReal(dueTime), clock.ToReal(period));
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(_clock.ToReal(dueTime), _clock.ToReal(period));

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
