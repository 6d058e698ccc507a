using System.Globalization;
using System.Text;
using Vigil.Settings;

namespace Vigil.Tools.Files;

/// <summary>Lists a folder of the workspace.</summary>
internal sealed class ListFilesTool(VigilHome home) : ITool
{
    private const int Most = 500;
    private const int Deepest = 8;

    public ToolDefinition Definition { get; } = new("list_files", "List files and folders of your workspace, with size and time of the last change.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "path": { "type": "string", "description": "Folder relative to the workspace; default the workspace itself" },
            "depth": { "type": "integer", "minimum": 1, "maximum": 8, "description": "How many levels of folders; default 1" },
            "glob": { "type": "string", "description": "Only paths that match, for example **/*.md" }
          },
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken) => ValueTask.FromResult(List(call, cancellationToken));

    private ToolResult List(ToolCall call, CancellationToken cancellationToken)
    {
        if (!WorkspacePath.Resolve(call.Text("path") is { Length: > 0 } text ? text : ".", out var path, out var problem))
            return ToolResult.Error(problem);
        var workspace = Workspace.Of(home, call.Run.Agent);
        var opened = workspace.OpenDirectory(path);
        if (opened.Value is null)
            return ToolResult.Error(opened.Problem!);
        opened.Value.Dispose();
        var glob = call.Text("glob");
        var depth = call.Number("depth") ?? (glob?.Contains("**", StringComparison.Ordinal) == true ? Deepest : 1);
        var listing = new StringBuilder();
        var count = 0;
        foreach (var entry in workspace.Walk(path, Math.Clamp(depth, 1, Deepest)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (glob is not null && (entry.IsDirectory || !Glob.Matches(glob, entry.Path.Value)))
                continue;
            if (++count > Most)
                return new ToolResult($"{listing}[only the first {Most} entries are shown; name a folder or a glob]");
            listing.AppendLine(CultureInfo.InvariantCulture, $"{Line(entry)}");
        }
        return new ToolResult(count == 0 ? $"[nothing {(glob is null ? "in" : "matches in")} {path}]" : listing.ToString());
    }

    private static string Line(WorkspaceEntry entry)
        => entry.IsLink ? $"{entry.Path} (link)"
            : entry.IsDirectory ? $"{entry.Path}/"
            : string.Create(CultureInfo.InvariantCulture, $"{entry.Path} ({entry.Length} bytes, {entry.ChangedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC)");
}
