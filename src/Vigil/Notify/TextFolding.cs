using System.Text;

namespace Vigil.Notify;

/// <summary>
/// Makes texts that a person would call the same equal: compatibility forms, composed or decomposed marks, letter case and blanks do not count.
/// The result is for comparing and hashing, not for showing.
/// </summary>
internal static class TextFolding
{
    public static string Fold(string text)
    {
        var runes = new List<Rune>(text.Length);
        // Lower case both before and after: some capitals have a lower case that decomposes, some decompose into capitals.
        foreach (var rune in text.EnumerateRunes())
            Decompose(Rune.ToLowerInvariant(rune), runes);
        OrderMarks(runes);
        var folded = new StringBuilder(runes.Count);
        foreach (var rune in runes)
        {
            if (!Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune))
                folded.Append(Rune.ToLowerInvariant(rune).ToString());
            else if (folded.Length > 0 && folded[^1] != ' ')
                folded.Append(' ');
        }
        return folded.ToString().TrimEnd();
    }

    private static void Decompose(Rune rune, List<Rune> into)
    {
        switch (rune.Value)
        {
            // Soft hyphen, zero-width characters and variation selectors change the look alone.
            case 0xAD or (>= 0x200B and <= 0x200F) or (>= 0x2060 and <= 0x2064) or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF:
                break;
            case >= 0xFF01 and <= 0xFF5E and var wide:
                into.Add(new Rune(wide - 0xFEE0));
                break;
            case >= 0xAC00 and <= 0xD7A3 and var hangul:
                DecomposeHangul(hangul - 0xAC00, into);
                break;
            case >= 0x1D400 and <= 0x1D6A3 and var letter:
                var place = (letter - 0x1D400) % 52;
                into.Add(new Rune(place < 26 ? 'a' + place : 'a' + place - 26));
                break;
            case >= 0x1D7CE and <= 0x1D7FF and var digit:
                into.Add(new Rune('0' + ((digit - 0x1D7CE) % 10)));
                break;
            case <= char.MaxValue and var c when FoldingTable.Decompose((char)c) is { } parts:
                foreach (var part in parts.EnumerateRunes())
                    Decompose(part, into);
                break;
            default:
                into.Add(rune);
                break;
        }
    }

    private static void DecomposeHangul(int index, List<Rune> into)
    {
        // The standard's arithmetic: 19 leading consonants, 21 vowels, 27 trailing consonants or none.
        into.Add(new Rune(0x1100 + (index / (21 * 28))));
        into.Add(new Rune(0x1161 + (index / 28 % 21)));
        if (index % 28 != 0)
            into.Add(new Rune(0x11A7 + (index % 28)));
    }

    /// <summary>
    /// Marks on one base may come in any order; by code point is as good as the standard's classes for telling texts apart.
    /// </summary>
    private static void OrderMarks(List<Rune> runes)
    {
        for (var start = 0; start < runes.Count; start++)
        {
            var end = start;
            while (end < runes.Count && Rune.GetUnicodeCategory(runes[end]) == System.Globalization.UnicodeCategory.NonSpacingMark)
                end++;
            if (end - start > 1)
                runes.Sort(start, end - start, Comparer<Rune>.Default);
            start = Math.Max(start, end - 1);
        }
    }
}
