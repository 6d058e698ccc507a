using System.Globalization;
using System.Text;
using Vigil.Notify;

namespace Vigil.Tools.Memory;

/// <summary>Texts as words that compare: lower case, without accents, without the commonest endings.</summary>
internal static class MemoryWords
{
    public static IEnumerable<string> Of(string text)
    {
        var word = new StringBuilder();
        foreach (var written in text)
        {
            var c = WithoutMarks(written);
            if (IsMark(c))
                continue;
            if (char.IsLetterOrDigit(c))
            {
                word.Append(char.ToLowerInvariant(c));
                continue;
            }
            if (word.Length > 0)
                yield return Stem(word.ToString());
            word.Clear();
        }
        if (word.Length > 0)
            yield return Stem(word.ToString());
    }

    private static char WithoutMarks(char c)
    {
        while (FoldingTable.Decompose(c) is [var letter, var mark] && IsMark(mark))
            c = letter;
        return c;
    }

    private static bool IsMark(char c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark;

    // Not linguistics: enough that "invoices" finds "invoice". Both sides are cut alike, so a wrong cut still matches itself.
    private static string Stem(string word)
        => word.Length > 4 && word.EndsWith("ies", StringComparison.Ordinal) ? word[..^3] + "y"
            : word.Length > 3 && word[^1] == 's' && word[^2] != 's' ? word[..^1]
            : word;
}
