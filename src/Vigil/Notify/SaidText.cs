using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Vigil.Notify;

/// <summary>
/// When two texts say the same: they differ only in letter case, blanks, character forms or closing punctuation. A changed digit is new.
/// </summary>
public static partial class SaidText
{
    /// <summary>The form in which texts are compared.</summary>
    public static string Normalise(string text)
    {
        var folded = TextFolding.Fold(text).AsSpan();
        while (!folded.IsEmpty && (folded[^1] == ' ' || IsClosing(folded[^1])))
            folded = folded[..^1];
        return folded.ToString();
    }

    /// <summary>The key under which a text is remembered: SHA-256 of its normal form, hex.</summary>
    public static string Key(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Normalise(text))));

    /// <summary>
    /// The numbers of a text in their order, written alike: no thousands separators, a dot for the decimals, no leading zeros. A minus in front of a
    /// number that is not part of a word or range counts.
    /// </summary>
    public static IReadOnlyList<string> Figures(string text)
    {
        var figures = new List<string>();
        foreach (Match match in Number().Matches(AsciiDigits(TextFolding.Fold(text))))
        {
            var sign = match.Groups["sign"].Success ? "-" : "";
            figures.Add(sign + Canonical(match.Groups["number"].Value));
        }
        return figures;
    }

    private static string Canonical(string number)
    {
        var groups = number.Split('.', ',');
        if (groups.Length == 1)
            return WithoutZeros(number);
        var separators = number.Where(c => c is '.' or ',').ToArray();
        var alike = separators.All(separator => separator == separators[0]);
        // 1,234,567 and 1.234.567 are thousands; in 1,234.50 and 1.234,50 the last separator alone differs and marks the decimals.
        if (alike && groups[0] is { Length: <= 3 } and not "0" && groups.Skip(1).All(group => group.Length == 3))
            return WithoutZeros(string.Concat(groups));
        if (!alike && separators[..^1].All(separator => separator == separators[0]) && groups[1..^1].All(group => group.Length == 3))
            return $"{WithoutZeros(string.Concat(groups[..^1]))}.{groups[^1]}";
        return string.Join('.', groups[1..].Prepend(WithoutZeros(groups[0])));
    }

    private static string WithoutZeros(string digits) => digits.TrimStart('0') is { Length: > 0 } left ? left : "0";

    private static string AsciiDigits(string text)
        => string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = CharUnicodeInfo.GetDecimalDigitValue(source[i]) is >= 0 and var digit ? (char)('0' + digit) : source[i];
        });

    private static bool IsClosing(char c)
        => c is '.' or '!' or '?' or ',' or ';' or ':' or '。' or '、' or '؟' or '।' or '…';

    [GeneratedRegex(@"(?<sign>(?<![\p{L}\p{N})\]])[-−])?(?<number>[0-9]+(?:[.,][0-9]+)*)")]
    private static partial Regex Number();
}
