namespace Vigil.Time;

/// <summary>A wall-clock time of exactly the form <c>HH:mm</c>. <c>24:00</c> exists only as the end of a window.</summary>
public readonly record struct TimeOfDay(int Minutes) : IComparable<TimeOfDay>
{
    public const int MinutesPerDay = 24 * 60;

    public static TimeOfDay EndOfDay { get; } = new(MinutesPerDay);

    /// <summary>Reads <c>00:00</c> to <c>23:59</c>.</summary>
    public static bool TryParse(string? text, out TimeOfDay time)
    {
        time = default;
        if (text is not { Length: 5 } || text[2] != ':' || !Digit(text[0]) || !Digit(text[1]) || !Digit(text[3]) || !Digit(text[4]))
            return false;
        var hour = ((text[0] - '0') * 10) + text[1] - '0';
        var minute = ((text[3] - '0') * 10) + text[4] - '0';
        if (hour > 23 || minute > 59)
            return false;
        time = new TimeOfDay((hour * 60) + minute);
        return true;
    }

    /// <summary>Reads <c>00:00</c> to <c>24:00</c>.</summary>
    public static bool TryParseEnd(string? text, out TimeOfDay time)
    {
        if (text != "24:00")
            return TryParse(text, out time);
        time = EndOfDay;
        return true;
    }

    public int CompareTo(TimeOfDay other) => Minutes.CompareTo(other.Minutes);

    public static bool operator <(TimeOfDay left, TimeOfDay right) => left.Minutes < right.Minutes;

    public static bool operator >(TimeOfDay left, TimeOfDay right) => left.Minutes > right.Minutes;

    public static bool operator <=(TimeOfDay left, TimeOfDay right) => left.Minutes <= right.Minutes;

    public static bool operator >=(TimeOfDay left, TimeOfDay right) => left.Minutes >= right.Minutes;

    public override string ToString() => $"{Minutes / 60:00}:{Minutes % 60:00}";

    private static bool Digit(char c) => char.IsAsciiDigit(c);
}
