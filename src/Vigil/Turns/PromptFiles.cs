using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Vigil.Turns;

/// <summary>Reads the agent's own Markdown files for the prompt, each cut at a cap with a note that says so. Those read last are kept for as long as they do not change.</summary>
internal sealed class PromptFiles(TimeProvider time)
{
    /// <summary>Characters of one file that reach the prompt.</summary>
    public const int Cap = 12_000;

    // Of many agents only those that talk now, about 10 MB at the most.
    private const int Remembered = 400;

    // Two changes in a row may carry the same time: a file is kept once its last one is safely past.
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    public string? Read(string workspace, string name)
    {
        var path = Path.Combine(workspace, name);
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;
        // The time of a link is its own, not that of the file that it leads to.
        if (file.LinkTarget is not null)
            return Load(path, name);
        // Looked at before the file is read: a change in between shows at the next look.
        var (changed, length) = (file.LastWriteTimeUtc, file.Length);
        if (_kept.TryGetValue(path, out var kept) && kept.Changed == changed && kept.Length == length)
            return kept.Text;
        var text = Load(path, name);
        if (_kept.Count >= Remembered)
            _kept.Clear();
        if (time.GetUtcNow() - changed > s_settled)
            _kept[path] = new Kept(changed, length, text);
        return text;
    }

    private static string Load(string path, string name)
    {
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

    private sealed record Kept(DateTime Changed, long Length, string Text);

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
