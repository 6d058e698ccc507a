using System.Globalization;
using System.Runtime.CompilerServices;
using Vigil.Errors;

namespace Vigil.Time;

/// <summary>
/// A clock that starts at a chosen instant and may run faster than the world: for tests and rehearsals of a real process
/// (<c>VIGIL_TEST_CLOCK=2026-03-29T00:00:00Z@60</c>). Timers follow it and never fire before their instant on it. It may leap ahead.
/// </summary>
public sealed class TestClock : TimeProvider
{
    public const string Variable = "VIGIL_TEST_CLOCK";

    private readonly TimeProvider _real;
    private readonly DateTimeOffset _start;
    private readonly double _factor;
    private readonly long _origin;
    private readonly Lock _leaping = new();

    // Weak: who forgets a timer without disposing it does not keep it.
    private readonly ConditionalWeakTable<FollowingTimer, object> _timers = [];

    private long _leapt;

    public TestClock(DateTimeOffset start, double factor = 1, TimeProvider? real = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(factor, 0);
        _real = real ?? System;
        _start = start.ToUniversalTime();
        _factor = factor;
        _origin = _real.GetTimestamp();
    }

    /// <summary>How many times the speed of the world.</summary>
    public double Factor => _factor;

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

    public override DateTimeOffset GetUtcNow() => _start + _real.GetElapsedTime(_origin) * _factor + Leapt;

    public override long GetTimestamp() => _origin + (long)((_real.GetTimestamp() - _origin) * _factor) + (long)(Leapt.TotalSeconds * _real.TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_leaping)
        {
            var timer = new FollowingTimer(this, callback, state, dueTime, period);
            _timers.Add(timer, timer);
            return timer;
        }
    }

    /// <summary>Goes ahead by a span at once. A timer whose instant is passed fires once, as after a machine's sleep, and a periodic one counts on from there.</summary>
    public void Leap(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        lock (_leaping)
        {
            var before = GetUtcNow();
            Interlocked.Add(ref _leapt, span.Ticks);
            foreach (var (timer, _) in _timers)
                timer.Follow(before, before + span);
        }
    }

    private TimeSpan Leapt => TimeSpan.FromTicks(Interlocked.Read(ref _leapt));

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
        private readonly Lock _lock = new();
        private DateTimeOffset? _next;
        private TimeSpan _period;

        public FollowingTimer(TestClock clock, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _clock = clock;
            _timer = clock._real.CreateTimer(callback, state, clock.ToReal(dueTime), clock.ToReal(period));
            Remember(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                Remember(dueTime, period);
                return _timer.Change(_clock.ToReal(dueTime), _clock.ToReal(period));
            }
        }

        public void Follow(DateTimeOffset before, DateTimeOffset after)
        {
            lock (_lock)
            {
                if (_next is not { } next)
                    return;
                if (next <= before)
                {
                    // It has fired, or is about to: what counts is its next round, if it has one.
                    if (_period <= TimeSpan.Zero)
                        return;
                    next += _period * (Math.Floor((before - next) / _period) + 1);
                }
                var wait = next > after ? next - after : TimeSpan.Zero;
                _next = next > after ? next : after;
                _timer.Change(_clock.ToReal(wait), _clock.ToReal(_period));
            }
        }

        public void Dispose()
        {
            _clock._timers.Remove(this);
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            _clock._timers.Remove(this);
            return _timer.DisposeAsync();
        }

        private void Remember(TimeSpan dueTime, TimeSpan period)
        {
            _next = dueTime < TimeSpan.Zero ? null : _clock.GetUtcNow() + dueTime;
            _period = period;
        }
    }
}
