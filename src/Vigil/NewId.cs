using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Vigil;

/// <summary>Ids that sort by the time they were made: a prefix, 9 characters of milliseconds, 11 of randomness, all Crockford base 32.</summary>
public static class NewId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly ConditionalWeakTable<TimeProvider, Last> s_last = [];

    public static string Work(TimeProvider time) => Make("wrk_", time);

    public static string Run(TimeProvider time) => Make("run_", time);

    public static string Notification(TimeProvider time) => Make("ntf_", time);

    public static string Delivery(TimeProvider time) => Make("dlv_", time);

    public static string Make(string prefix, TimeProvider time)
    {
        var (instant, number) = s_last.GetOrCreateValue(time).Next(time.GetUtcNow().ToUnixTimeMilliseconds());
        Span<char> text = stackalloc char[20];
        for (var i = 8; i >= 0; i--, instant >>= 5)
            text[i] = Alphabet[(int)(instant & 31)];
        for (var i = 19; i >= 9; i--, number >>= 5)
            text[i] = Alphabet[(int)(number & 31)];
        return string.Concat(prefix, text);
    }

    // Two ids of one millisecond have one order too, that in which they were made: the runs of a work are read in the order of their ids.
    private sealed class Last
    {
        private readonly Lock _lock = new();
        private long _instant = -1;
        private long _number;

        public (long Instant, long Number) Next(long instant)
        {
            Span<byte> random = stackalloc byte[sizeof(long)];
            RandomNumberGenerator.Fill(random);
            var dice = BitConverter.ToInt64(random);
            lock (_lock)
            {
                // The lower half of what the letters hold, so that there is room above it for the others of the millisecond.
                _number = instant == _instant ? _number + 1 + (dice & 0xFFFFF) : dice & 0x3F_FFFF_FFFF_FFFF;
                _instant = instant;
                return (instant, _number);
            }
        }
    }
}
