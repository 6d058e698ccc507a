using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;

namespace Vigil.Storage.Sessions;

/// <summary>
/// Cuts text into words the same way for both databases, because their own parsers differ: runs of letters and digits in lower case, and each character of a
/// script without spaces by itself. Words are looked for whole.
/// </summary>
internal static class SearchWords
{
    private const int LongestWord = 64;

    // A tsvector holds a megabyte; a message beyond this is found by its beginning.
    private const int MostWords = 10_000;

    /// <summary>The words that a message is found by. What a tool answered is not looked for.</summary>
    public static IReadOnlyCollection<string> Cut(ChatMessage message) => message.Role == ChatRole.Tool ? [] : Cut(message.Text);

    public static IReadOnlyCollection<string> Cut(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (words.Count >= MostWords)
                return words;
            if (StandsAlone(rune))
            {
                End();
                words.Add(rune.ToString());
            }
            else if (IsPart(rune))
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else
            {
                End();
            }
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0)
                words.Add(word.ToString(0, Math.Min(word.Length, LongestWord)));
            word.Clear();
        }
    }

    /// <summary>The agent as something that no text can contain, for words are letters and digits alone: otherwise a text could put itself before another agent.</summary>
    public static string OfAgent(string agent) => "agent:" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(agent));

    private static bool IsPart(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static bool StandsAlone(Rune rune) => rune.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0x20000 and <= 0x3FFFF)
        && Rune.IsLetter(rune);
}
