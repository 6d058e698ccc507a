using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Vigil.Settings;

namespace Vigil.Tools.Files;

/// <summary>Looks for a regular expression in the workspace's text files.</summary>
internal sealed class SearchFilesTool(VigilHome home) : ITool
{
    private const int MostMatches = 200;
    private const int MostFiles = 20_000;
    private const int LongestLine = 300;
    private const int Deepest = 32;
    private const long LargestFile = 5_000_000;

    private static readonly TimeSpan MatchLimit = TimeSpan.FromMilliseconds(250);

    public ToolDefinition Definition { get; } = new("search_files", "Search the text files of your workspace for a regular expression; answers with path, line number and line.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "pattern": { "type": "string", "description": "Regular expression (.NET syntax), applied to each line" },
            "path": { "type": "string", "description": "Folder to search; default the workspace" },
            "glob": { "type": "string", "description": "Only files whose path matches, for example **/*.md" },
            "ignoreCase": { "type": "boolean" }
          },
          "required": ["pattern"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("pattern") is not { Length: > 0 } pattern)
            return ToolArguments.Missing("pattern", "a regular expression");
        if (!WorkspacePath.Resolve(call.Text("path") is { Length: > 0 } text ? text : ".", out var path, out var problem))
            return ToolResult.Error(problem);
        Regex regex;
        try
        {
            var options = RegexOptions.CultureInvariant | (call.Flag("ignoreCase") ? RegexOptions.IgnoreCase : RegexOptions.None);
            regex = new Regex(pattern, options, MatchLimit);
        }
        catch (ArgumentException illegal)
        {
            return ToolResult.Error($"'pattern' is no regular expression: {illegal.Message}");
        }
        var workspace = Workspace.Of(home, call.Run.Agent);
        var opened = workspace.OpenDirectory(path);
        if (opened.Value is null)
            return ToolResult.Error(opened.Problem!);
        opened.Value.Dispose();
        try
        {
            return await SearchAsync(workspace, path, regex, call.Text("glob"), cancellationToken);
        }
        catch (RegexMatchTimeoutException)
        {
            return ToolResult.Error("The pattern takes too long to match; write a simpler one without nested repetition.");
        }
    }

    private static async Task<ToolResult> SearchAsync(Workspace workspace, WorkspacePath path, Regex regex, string? glob, CancellationToken cancellationToken)
    {
        var found = new StringBuilder();
        var matches = 0;
        var files = 0;
        foreach (var entry in workspace.Walk(path, Deepest))
        {
            if (entry.IsDirectory || entry.IsLink || entry.Length > LargestFile || (glob is not null && !Glob.Matches(glob, entry.Path.Value)))
                continue;
            if (++files > MostFiles)
                return new ToolResult($"{found}[stopped after {MostFiles} files; name a folder or a glob]");
            await foreach (var (number, line) in LinesAsync(workspace, entry.Path, cancellationToken))
            {
                if (!regex.IsMatch(line))
                    continue;
                if (++matches > MostMatches)
                    return new ToolResult($"{found}[only the first {MostMatches} matches are shown]");
                found.AppendLine(CultureInfo.InvariantCulture, $"{entry.Path}:{number}: {(line.Length <= LongestLine ? line : line[..LongestLine] + "…")}");
            }
        }
        return new ToolResult(matches == 0 ? "[no match]" : found.ToString());
    }

    private static async IAsyncEnumerable<(int Number, string Line)> LinesAsync(
        Workspace workspace, WorkspacePath path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var opened = workspace.OpenRead(path);
        if (opened.Value is null)
            yield break;
        await using var stream = opened.Value;
        var start = new byte[8000];
        var length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (WorkspaceText.IsBinary(start.AsSpan(0, length)))
            yield break;
        stream.Position = 0;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        for (var number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
            yield return (number, line);
    }
}
