using System.Globalization;
using System.Text;

namespace Vigil.Tools.Memory;

/// <summary>Texts as words that compare: lower case, without accents, without the commonest endings.</summary>
internal static class MemoryWords
{
    public static IEnumerable<string> Of(string text)
    {
        var word = new StringBuilder();
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
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

    // Not linguistics: enough that "invoices" finds "invoice". Both sides are cut alike, so a wrong cut still matches itself.
    private static string Stem(string word)
        => word.Length > 4 && word.EndsWith("ies", StringComparison.Ordinal) ? word[..^3] + "y"
            : word.Length > 3 && word[^1] == 's' && word[^2] != 's' ? word[..^1]
            : word;
}
