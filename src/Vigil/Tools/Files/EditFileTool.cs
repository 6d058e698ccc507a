using Vigil.Settings;

namespace Vigil.Tools.Files;

/// <summary>Replaces one exact passage of a file.</summary>
internal sealed class EditFileTool(VigilHome home) : ITool
{
    public ToolDefinition Definition { get; } = new("edit_file",
        "Replace a passage of a text file in your workspace. The passage must occur exactly once; include neighbouring lines until it does.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "path": { "type": "string", "description": "Relative to the workspace" },
            "old": { "type": "string", "description": "The passage as it stands in the file, to the letter" },
            "new": { "type": "string", "description": "What takes its place; empty to delete it" }
          },
          "required": ["path", "old", "new"],
          "additionalProperties": false
        }
        """));

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (!WorkspacePath.Resolve(call.Text("path"), out var path, out var problem))
            return ToolResult.Error(problem);
        if (call.Text("old") is not { Length: > 0 } old)
            return ToolArguments.Missing("old", "the passage to replace, not empty");
        if (call.Text("new") is not { } replacement)
            return ToolArguments.Missing("new", "what takes its place");
        if (old == replacement)
            return ToolResult.Error("'old' and 'new' are the same; nothing was changed.");
        var workspace = Workspace.Of(home, call.Run.Agent);
        using var held = await workspace.LockAsync(path, cancellationToken);
        var read = workspace.ReadText(path);
        if (read.Value is not { } text)
            return ToolResult.Error(read.Problem!);
        var first = text.IndexOf(old, StringComparison.Ordinal);
        if (first < 0)
            return ToolResult.Error($"'old' does not occur in {path}; nothing was changed. Read the file and copy the passage to the letter, with its spaces and line ends.");
        if (text.IndexOf(old, first + 1, StringComparison.Ordinal) >= 0)
            return ToolResult.Error($"'old' occurs more than once in {path}; nothing was changed. Include more of what stands around it.");
        var changed = string.Concat(text.AsSpan(0, first), replacement, text.AsSpan(first + old.Length));
        if (changed.Length > WorkspaceText.Largest)
            return ToolResult.Error($"{path} would grow beyond {WorkspaceText.Largest} bytes; nothing was changed.");
        var line = text.AsSpan(0, first).Count('\n') + 1;
        return workspace.Write(path, changed) is { } refused ? ToolResult.Error(refused) : new ToolResult($"Changed {path} at line {line}.");
    }
}
