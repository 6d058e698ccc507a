using System.Collections.Concurrent;
using System.IO.Enumeration;
using System.Text;

namespace Vigil.Turns;

/// <summary>
/// The skills of a workspace: <c>skills/&lt;name&gt;/SKILL.md</c> with a front matter of name and description. The prompt lists those two; the model reads
/// the body with <c>read_file</c> when it uses the skill.
/// </summary>
internal sealed class SkillShelf
{
    private const int DescriptionCap = 400;
    private const int SkillCap = 50;

    private readonly ConcurrentDictionary<string, (DateTime Changed, string? Line)> _lines = [];

    public string? Listing(string workspace, IReadOnlyList<string>? allowed)
    {
        var shelf = Path.Combine(workspace, "skills");
        if (!Directory.Exists(shelf))
            return null;
        var lines = Directory.EnumerateDirectories(shelf)
            .Where(directory => allowed is null || allowed.Any(glob => FileSystemName.MatchesSimpleExpression(glob, Path.GetFileName(directory), ignoreCase: false)))
            .Order(StringComparer.Ordinal)
            .Select(directory => Line(Path.Combine(directory, "SKILL.md"), Path.GetFileName(directory)))
            .OfType<string>()
            .Take(SkillCap)
            .ToList();
        if (lines.Count == 0)
            return null;
        var text = new StringBuilder("## Skills\nRead a skill's file before you use it.\n");
        foreach (var line in lines)
            text.Append(line).Append('\n');
        return text.ToString();
    }

    private string? Line(string file, string directory)
    {
        var info = new FileInfo(file);
        if (!info.Exists)
            return null;
        if (_lines.TryGetValue(file, out var known) && known.Changed == info.LastWriteTimeUtc)
            return known.Line;
        string? line;
        try
        {
            line = Describe(file, directory);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // One skill less is better than no turn; it is looked at again in the next.
            return null;
        }
        _lines[file] = (info.LastWriteTimeUtc, line);
        return line;
    }

    private static string? Describe(string file, string directory)
    {
        string? name = null;
        string? description = null;
        using var reader = new StreamReader(file, Encoding.UTF8);
        if (reader.ReadLine()?.Trim() == "---")
        {
            string? key = null;
            while (reader.ReadLine() is { } line && line.Trim() != "---")
            {
                // An indented line goes on with the value above it, whether that was begun with '>' or '|' or on its own line.
                if (line.Length > 0 && char.IsWhiteSpace(line[0]))
                {
                    if (key == "description")
                        description = string.Join(' ', new[] { description, line.Trim() }.Where(part => !string.IsNullOrEmpty(part)));
                    continue;
                }
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon < 0)
                    continue;
                key = line[..colon].Trim().ToLowerInvariant();
                if (key == "name")
                    name = Value(line[(colon + 1)..]);
                else if (key == "description")
                    description = Value(line[(colon + 1)..]);
            }
        }
        if (string.IsNullOrWhiteSpace(description))
            return null;
        if (description.Length > DescriptionCap)
            description = string.Concat(description.AsSpan(0, DescriptionCap), "…");
        return $"- {(string.IsNullOrEmpty(name) ? directory : name)} (skills/{directory}/SKILL.md): {description}";

        static string Value(string text) => text.Trim() is { Length: > 0 } value && value[0] is not ('>' or '|') ? value.Trim('"', '\'') : "";
    }
}
