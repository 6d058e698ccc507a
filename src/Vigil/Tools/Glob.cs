using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Vigil.Tools;

/// <summary>Patterns for tool names and workspace paths: <c>?</c> and <c>*</c> stay within a name, <c>**</c> crosses folders. Everything else is literal.</summary>
internal static class Glob
{
    private const int Remembered = 512;

    private static readonly ConcurrentDictionary<(string, bool), Regex> Compiled = new();

    public static bool Matches(string pattern, string text, bool ignoreCase = false)
    {
        if (pattern.AsSpan().IndexOfAny('*', '?') < 0)
            return string.Equals(pattern, text, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        if (Compiled.Count > Remembered)
            Compiled.Clear();
        return Compiled.GetOrAdd((pattern, ignoreCase), static key => Compile(key.Item1, key.Item2)).IsMatch(text);
    }

    public static bool MatchesAny(IReadOnlyList<string> patterns, string text)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            if (Matches(patterns[i], text))
                return true;
        }
        return false;
    }

    // Patterns may come from a model: the engine without backtracking keeps a hostile one linear.
    private static Regex Compile(string pattern, bool ignoreCase)
    {
        var regex = new StringBuilder("\\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' when pattern.AsSpan(i).StartsWith("**/"):
                    regex.Append("(?:.*/)?");
                    i += 2;
                    break;
                case '*' when pattern.AsSpan(i).StartsWith("**"):
                    regex.Append(".*");
                    i++;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }
        var options = RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant;
        return new Regex(regex.Append("\\z").ToString(), ignoreCase ? options | RegexOptions.IgnoreCase : options);
    }
}
