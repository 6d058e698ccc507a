using System.Globalization;
using Vigil.Errors;

namespace Vigil.Cron;

/// <summary>One of the five fields: its range, its names, and how a text in it is read.</summary>
internal sealed class CronField
{
    private readonly string[] _names;

    private CronField(string name, int min, int max, string allowed, params string[] names)
    {
        Name = name;
        Min = min;
        Max = max;
        Allowed = allowed;
        _names = names;
    }

    public static CronField Minute { get; } = new("minute", 0, 59, "0-59");

    public static CronField Hour { get; } = new("hour", 0, 23, "0-23");

    public static CronField DayOfMonth { get; } = new("day of month", 1, 31, "1-31");

    public static CronField Month { get; } = new("month", 1, 12, "1-12 or jan-dec",
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

    public static CronField DayOfWeek { get; } = new("day of week", 0, 7, "0-7 or sun-sat, where 0 and 7 are Sunday",
        "sun", "mon", "tue", "wed", "thu", "fri", "sat");

    public static IReadOnlyList<CronField> All { get; } = [Minute, Hour, DayOfMonth, Month, DayOfWeek];

    public string Name { get; }

    public int Min { get; }

    public int Max { get; }

    public string Allowed { get; }

    /// <summary>Every value of the field; Sunday is bit 0 alone.</summary>
    public ulong Full => this == DayOfWeek ? 0x7F : Range(Min, Max, 1);

    /// <summary>
    /// Reads the text of this field, which begins at a column of the expression. The first error counts; the repair goes on to the end.
    /// </summary>
    public CronFieldReading Read(string text, int column)
    {
        var reading = new CronFieldReading { Star = text[0] == '*' };
        var repaired = new List<string?>();
        var start = 0;
        foreach (var element in text.Split(','))
        {
            ReadElement(element, column + start, reading, repaired);
            start += element.Length + 1;
        }
        if (this == DayOfWeek && (reading.Bits & 0x80) != 0)
            reading.Bits = (reading.Bits & 0x7F) | 1;
        reading.Repaired = repaired.Contains(null) || repaired.Count == 0 ? null : string.Join(',', repaired);
        return reading;
    }

    private void ReadElement(string element, int column, CronFieldReading reading, List<string?> repaired)
    {
        if (element.Length == 0)
        {
            // A list loses its empty entry in the repair.
            reading.Fail(this, column, "", "an entry of the list is empty");
            return;
        }
        var slash = element.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? element : element[..slash];
        int first, last;
        string rangeRepair;
        var whole = range == "*";
        if (whole)
        {
            (first, last, rangeRepair) = (Min, this == DayOfWeek ? 6 : Max, "*");
        }
        else if (!ReadRange(range, column, reading, out first, out last, out rangeRepair!))
        {
            repaired.Add(rangeRepair is null ? null : slash < 0 ? rangeRepair : StepRepair(rangeRepair, element[(slash + 1)..]));
            return;
        }
        if (slash < 0)
        {
            reading.Bits |= Range(first, last, 1);
            repaired.Add(range);
            return;
        }
        reading.Stepped = true;
        var stepText = element[(slash + 1)..];
        var stepColumn = column + slash + 1;
        if (!int.TryParse(stepText, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            var tooLong = stepText.Length > 0 && stepText.All(char.IsAsciiDigit);
            reading.Fail(this, stepColumn, stepText, stepText.Length == 0 ? "the step is missing" : $"'{stepText}' is no step", $"a step of 1-{Max}");
            repaired.Add(tooLong ? First(first) : rangeRepair);
        }
        else if (step == 0)
        {
            reading.Fail(this, stepColumn, stepText, "a step of zero never moves", $"a step of 1-{Max}");
            repaired.Add(rangeRepair);
        }
        else if (step > Max)
        {
            // Crontab reads it as the first value alone, which is hardly ever what was meant.
            reading.Fail(this, stepColumn, stepText, $"a step of {stepText} is longer than the field", $"a step of 1-{Max}");
            repaired.Add(First(first));
        }
        else if (!whole && !range.Contains('-', StringComparison.Ordinal))
        {
            var end = this == DayOfWeek ? 6 : Max;
            reading.Fail(this, column, element, $"a step needs a range or *, and {range} is one value", $"{range}-{end}/{step}");
            repaired.Add(first <= end ? $"{range}-{end}/{step}" : range);
        }
        else
        {
            reading.Bits |= Range(first, last, step);
            repaired.Add(element);
        }
    }

    private bool ReadRange(string range, int column, CronFieldReading reading, out int first, out int last, out string? repair)
    {
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            var good = ReadValue(range, column, reading, false, out first, out repair);
            last = first;
            return good;
        }
        var goodFirst = ReadValue(range[..dash], column, reading, false, out first, out var firstRepair);
        var goodLast = ReadValue(range[(dash + 1)..], column + dash + 1, reading, true, out last, out var lastRepair);
        repair = firstRepair is null || lastRepair is null ? null : $"{firstRepair}-{lastRepair}";
        if (first <= last)
            return goodFirst && goodLast;
        if (goodFirst && goodLast)
            reading.Fail(this, column, range, $"the range {range} runs backwards", "the smaller value first");
        if (repair is not null)
            repair = Backwards(firstRepair!, first, lastRepair!, last);
        return false;
    }

    private bool ReadValue(string text, int column, CronFieldReading reading, bool last, out int value, out string? repair)
    {
        repair = null;
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
                value = int.MaxValue;
            if (value >= Min && value <= Max)
            {
                repair = text;
                return true;
            }
            reading.Fail(this, column, text, $"{text} is out of range");
            // 60 minutes and 24 hours are what people write for 0.
            value = value < Min || (!last && value == Max + 1 && this != DayOfWeek && Min == 0) ? Min : Max;
            repair = First(value);
            return false;
        }
        value = Array.FindIndex(_names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (value >= 0)
        {
            value += Min;
            repair = text;
            return true;
        }
        value = Min;
        reading.Fail(this, column, text, text.Length == 0 ? "a value is missing" : $"'{text}' is no value of this field");
        if (text == "?")
            repair = "*";
        else if (Array.FindIndex(_names, name => text.StartsWith(name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var begins)
            (repair, value) = (_names[begins], begins + Min);
        else if (text.Length > 1 && text.All(char.IsAsciiLetter) && Nearest.To(text, _names) is { } near)
            (repair, value) = (near, Array.IndexOf(_names, near) + Min);
        return false;
    }

    private string Backwards(string firstText, int first, string lastText, int last)
    {
        if (this != DayOfWeek)
            return $"{(first == Max ? firstText : $"{firstText}-{Max}")},{(last == Min ? lastText : $"{Min}-{lastText}")}";
        var toSunday = first == 7 ? "7" : $"{firstText}-7";
        return last switch
        {
            0 => toSunday,
            1 => $"{toSunday},{lastText}",
            _ => $"{toSunday},1-{lastText}",
        };
    }

    private static string StepRepair(string range, string step)
        => range.Contains(',', StringComparison.Ordinal) || (range != "*" && !range.Contains('-', StringComparison.Ordinal)) ? range : $"{range}/{step}";

    private static string First(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static ulong Range(int first, int last, int step)
    {
        var bits = 0UL;
        for (var value = first; value <= last; value += step)
            bits |= 1UL << value;
        return bits;
    }
}

/// <summary>What one field says: its values as bits, or the first error and the nearest text without it.</summary>
internal sealed class CronFieldReading
{
    public ulong Bits { get; set; }

    /// <summary>Begins with <c>*</c>, which decides how the two day fields join.</summary>
    public bool Star { get; init; }

    public bool Stepped { get; set; }

    public CronError? Error { get; private set; }

    public string? Repaired { get; set; }

    public void Fail(CronField field, int column, string badValue, string problem, string? allowed = null)
        => Error ??= new CronError(field.Name, column, badValue, allowed ?? field.Allowed, null, problem);
}
