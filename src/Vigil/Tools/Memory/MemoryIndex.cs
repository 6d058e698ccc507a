using System.Collections.Concurrent;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools.Files;

namespace Vigil.Tools.Memory;

/// <summary>
/// Ranks passages by BM25. Files are read again when their time or size changed, so each search costs one listing of the folder and the changed files;
/// only the agents that search are held in memory, and of those the latest.
/// </summary>
internal sealed class MemoryIndex(VigilHome home) : IMemoryIndex
{
    private const int AgentsHeld = 64;
    private const int MostFiles = 2000;
    private const double Saturation = 1.2;
    private const double LengthWeight = 0.75;

    private readonly ConcurrentDictionary<AgentId, IReadOnlyDictionary<string, IndexedFile>> _held = new();

    public async Task<IReadOnlyList<MemoryPassage>> SearchAsync(AgentId agent, string words, int limit, CancellationToken cancellationToken)
    {
        var wanted = MemoryWords.Of(words).Distinct(StringComparer.Ordinal).ToList();
        if (wanted.Count == 0)
            return [];
        var files = await FreshAsync(agent, cancellationToken);
        var passages = files.Values.SelectMany(file => file.Passages).ToList();
        if (passages.Count == 0)
            return [];
        var average = passages.Average(passage => (double)passage.Length);
        var rarity = wanted.ToDictionary(word => word, word => Rarity(passages.Count, passages.Count(passage => passage.Counts.ContainsKey(word))), StringComparer.Ordinal);
        return [.. passages
            .Select(passage => new MemoryPassage(passage.File, passage.Line, passage.Text, Score(passage, rarity, average)))
            .Where(passage => passage.Score > 0)
            .OrderByDescending(passage => passage.Score)
            .ThenBy(passage => passage.File, StringComparer.Ordinal)
            .ThenBy(passage => passage.Line)
            .Take(limit)];
    }

    private async Task<IReadOnlyDictionary<string, IndexedFile>> FreshAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var workspace = Workspace.Of(home, agent);
        var old = _held.GetValueOrDefault(agent);
        var fresh = new SortedDictionary<string, IndexedFile>(StringComparer.Ordinal);
        var folder = MemoryFile.Folder;
        foreach (var entry in workspace.Walk(folder, depth: 4))
        {
            if (entry.IsDirectory || entry.IsLink || !entry.Path.Value.EndsWith(".md", StringComparison.OrdinalIgnoreCase) || fresh.Count >= MostFiles)
                continue;
            var stamp = new FileStamp(entry.ChangedAt, entry.Length);
            if (old?.GetValueOrDefault(entry.Path.Value) is { } known && known.Stamp == stamp)
            {
                fresh[entry.Path.Value] = known;
                continue;
            }
            var read = workspace.ReadText(entry.Path);
            if (read.Value is { } text)
                fresh[entry.Path.Value] = new IndexedFile(stamp, Passage.Of(entry.Path.Value, text));
        }
        if (_held.Count >= AgentsHeld && !_held.ContainsKey(agent))
            _held.Clear();
        _held[agent] = fresh;
        return fresh;
    }

    private static double Rarity(int all, int with) => Math.Log(1 + ((all - with + 0.5) / (with + 0.5)));

    private static double Score(Passage passage, Dictionary<string, double> rarity, double average)
    {
        var score = 0.0;
        foreach (var (word, weight) in rarity)
        {
            if (passage.Counts.TryGetValue(word, out var count))
                score += weight * count * (Saturation + 1) / (count + (Saturation * (1 - LengthWeight + (LengthWeight * passage.Length / average))));
        }
        return score;
    }

    private readonly record struct FileStamp(DateTimeOffset ChangedAt, long Length);

    private sealed record IndexedFile(FileStamp Stamp, IReadOnlyList<Passage> Passages);
}

/// <summary>A paragraph with the heading that it stands under.</summary>
internal sealed record Passage(string File, int Line, string Text, IReadOnlyDictionary<string, int> Counts, int Length)
{
    private const int Longest = 1500;

    public static IReadOnlyList<Passage> Of(string file, string text)
    {
        var passages = new List<Passage>();
        var heading = "";
        var begun = 0;
        var lines = new List<string>();
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd('\r');
            var isHeading = line.StartsWith('#');
            if (isHeading || line.Length == 0 || lines.Sum(part => part.Length) > Longest)
                Close();
            if (isHeading)
                heading = line;
            if (line.Length == 0 || isHeading)
                continue;
            if (lines.Count == 0)
                begun = number;
            lines.Add(line);
        }
        Close();
        return passages;

        void Close()
        {
            if (lines.Count == 0)
                return;
            var body = string.Join('\n', lines);
            var shown = heading.Length > 0 ? $"{heading}\n{body}" : body;
            var words = MemoryWords.Of($"{Path.GetFileNameWithoutExtension(file)} {shown}").ToList();
            passages.Add(new Passage(file, begun, shown, words.CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal), words.Count));
            lines.Clear();
        }
    }
}
