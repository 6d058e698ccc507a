using System.Text;
using Vigil.Settings;

namespace Vigil.Tools.Files;

/// <summary>Writes a whole file, at once or not at all.</summary>
internal sealed class WriteFileTool(VigilHome home) : ITool
{
    public ToolDefinition Definition { get; } = new("write_file", "Write a text file in your workspace; an existing file is replaced as a whole.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "path": { "type": "string", "description": "Relative to the workspace" },
            "text": { "type": "string", "description": "The whole content" }
          },
          "required": ["path", "text"],
          "additionalProperties": false
        }
        """));

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (!WorkspacePath.Resolve(call.Text("path"), out var path, out var problem))
            return ToolResult.Error(problem);
        if (call.Text("text") is not { } text)
            return ToolArguments.Missing("text", "the whole content of the file");
        var size = Encoding.UTF8.GetByteCount(text);
        if (size > WorkspaceText.Largest)
            return ToolResult.Error($"'text' has {size} bytes; a file is written with at most {WorkspaceText.Largest}.");
        var workspace = Workspace.Of(home, call.Run.Agent);
        using var held = await workspace.LockAsync(path, cancellationToken);
        return workspace.Write(path, text) is { } refused ? ToolResult.Error(refused) : new ToolResult($"Wrote {path} ({size} bytes).");
    }
}
