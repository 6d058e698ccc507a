using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Vigil.Time;

/// <summary>
/// Durations as people write them: <c>30m</c>, <c>1h30m</c>, <c>45s</c>, <c>2d</c>, <c>1w</c>. Units fall from w to ms, each at most once.
/// </summary>
public static class DurationText
{
    public const string Example = "30m, 1h30m, 45s, 2d or 1w";

    private static readonly (string Sign, string Word, long Milliseconds)[] Units =
    [
        ("w", "week", 7L * 24 * 3_600_000),
        ("d", "day", 24L * 3_600_000),
        ("h", "hour", 3_600_000),
        ("m", "minute", 60_000),
        ("s", "second", 1000),
        ("ms", "millisecond", 1),
    ];

    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>
    /// Reads a duration; <paramref name="problem"/> says what is wrong and shows a good value. Zero is read, negatives are not.
    /// </summary>
    public static bool TryParse(string? text, out TimeSpan value, [NotNullWhen(false)] out string? problem)
    {
        value = default;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
            return Fail("is empty", out problem);
        if (rest[0] == '-')
            return Fail("is negative", out problem);
        var total = 0L;
        var smallest = -1;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 0)
                return Fail("has no unit", out problem);
            if (digits == 0)
                return Fail(rest[0] is '.' or ',' ? "holds a fraction; use a smaller unit" : "is not a duration", out problem);
            if (digits > 12 || !long.TryParse(rest[..digits], out var count))
                return Fail("is too long", out problem);
            rest = rest[digits..];
            var letters = rest.IndexOfAnyExceptInRange('a', 'z');
            var sign = letters < 0 ? rest : rest[..letters];
            var unit = UnitOf(sign);
            if (unit < 0)
            {
                var what = rest[0] is '.' or ',' ? "holds a fraction; use a smaller unit" : sign.IsEmpty ? rest.TrimStart(' ') is [>= 'a' and <= 'z', ..] ? "has no unit right behind the number" : "has no unit" : $"has the unknown unit '{sign}'";
                return Fail(what, out problem);
            }
            if (unit <= smallest)
                return Fail("names its units out of order or twice", out problem);
            smallest = unit;
            if (count > (long)Longest.TotalMilliseconds / Units[unit].Milliseconds)
                return Fail("is too long", out problem);
            total += count * Units[unit].Milliseconds;
            rest = rest[sign.Length..].TrimStart(' ');
        }
        if (total > (long)Longest.TotalMilliseconds)
            return Fail("is too long", out problem);
        value = TimeSpan.FromMilliseconds(total);
        problem = null;
        return true;
    }

    /// <summary>
    /// The shortest text that <see cref="TryParse"/> reads back to the same value. Parts below a millisecond are dropped.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public static string Format(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        var text = new StringBuilder();
        foreach (var (count, unit) in Parts(value))
            text.Append(count).Append(unit.Sign);
        return text.Length == 0 ? "0s" : text.ToString();
    }

    /// <summary>In words: <c>1 hour 30 minutes</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public static string Words(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        var words = Parts(value).Select(part => $"{part.Count} {part.Unit.Word}{(part.Count == 1 ? "" : "s")}").ToList();
        return words.Count == 0 ? "0 seconds" : string.Join(' ', words);
    }

    private static IEnumerable<(long Count, (string Sign, string Word, long Milliseconds) Unit)> Parts(TimeSpan value)
    {
        var left = value.Ticks / TimeSpan.TicksPerMillisecond;
        foreach (var unit in Units)
        {
            var count = left / unit.Milliseconds;
            left %= unit.Milliseconds;
            if (count > 0)
                yield return (count, unit);
        }
    }

    private static int UnitOf(ReadOnlySpan<char> sign)
    {
        for (var i = 0; i < Units.Length; i++)
        {
            if (sign.SequenceEqual(Units[i].Sign))
                return i;
        }
        return -1;
    }

    private static bool Fail(string what, out string problem)
    {
        problem = $"{what}; a good value is {Example}";
        return false;
    }
}
