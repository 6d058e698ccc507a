using System.Buffers;
using System.Text;

namespace Vigil.Turns;

/// <summary>Reads the agent's own Markdown files for the prompt, each cut at a cap with a note that says so.</summary>
internal static class PromptFiles
{
    /// <summary>Characters of one file that reach the prompt.</summary>
    public const int Cap = 12_000;

    public static string? Read(string workspace, string name)
    {
        var path = Path.Combine(workspace, name);
        if (!File.Exists(path))
            return null;
        using var reader = new StreamReader(path, Encoding.UTF8);
        var buffer = ArrayPool<char>.Shared.Rent(Cap + 1);
        try
        {
            var length = reader.ReadBlock(buffer, 0, Cap + 1);
            return length <= Cap
                ? new string(buffer, 0, length)
                : $"{new string(buffer, 0, Cap)}\n[{name} is cut here: only its first {Cap} characters are shown.]";
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>The part of a Markdown text under the first heading that holds the word, up to the next heading of the same or a higher level.</summary>
    public static string? Section(string? markdown, string word)
    {
        if (markdown is null)
            return null;
        var section = new StringBuilder();
        var level = 0;
        foreach (var line in markdown.Split('\n'))
        {
            var depth = line.TakeWhile(c => c == '#').Count();
            var heading = depth > 0 && line.Length > depth && line[depth] == ' ';
            if (level > 0 && heading && depth <= level)
                break;
            if (level == 0 && heading && line.Contains(word, StringComparison.OrdinalIgnoreCase))
                level = depth;
            if (level > 0)
                section.Append(line).Append('\n');
        }
        return section.Length > 0 ? section.ToString() : null;
    }
}
