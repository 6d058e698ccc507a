using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Vigil.Storage.Rows;

/// <summary>Text from models and callers as both databases can hold it.</summary>
internal static class RowText
{
    /// <summary>PostgreSQL refuses U+0000 and halves of surrogate pairs, and one such character must not cost a whole outcome: they become U+FFFD.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Storable(string? text)
    {
        if (text is null || !NeedsRepair(text))
            return text;
        var repaired = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // yields U+FFFD for a lone half
            repaired.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return repaired.ToString();
    }

    private static bool NeedsRepair(string text)
    {
        foreach (var c in text)
        {
            if (c == '\0' || char.IsSurrogate(c))
                return true;
        }
        return false;
    }
}
