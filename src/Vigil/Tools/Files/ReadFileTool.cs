using System.Text;
using Vigil.Settings;

namespace Vigil.Tools.Files;

/// <summary>Reads lines of a text file.</summary>
internal sealed class ReadFileTool(VigilHome home) : ITool
{
    private const int Room = 200;

    public ToolDefinition Definition { get; } = new("read_file", "Read a text file of your workspace, or a range of its lines.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "path": { "type": "string", "description": "Relative to the workspace, for example notes/today.md" },
            "from": { "type": "integer", "minimum": 1, "description": "First line; default 1" },
            "lines": { "type": "integer", "minimum": 1, "description": "How many lines; default as many as fit" }
          },
          "required": ["path"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
    };

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (!WorkspacePath.Resolve(call.Text("path"), out var path, out var problem))
            return ToolResult.Error(problem);
        var from = call.Number("from") ?? 1;
        var lines = call.Number("lines") ?? int.MaxValue;
        if (from < 1 || lines < 1)
            return ToolResult.Error($"'{(from < 1 ? "from" : "lines")}' must be 1 or more.");
        var opened = Workspace.Of(home, call.Run.Agent).OpenRead(path);
        if (opened.Value is null)
            return ToolResult.Error(opened.Problem!);
        await using var stream = opened.Value;
        var start = new byte[8000];
        var length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (WorkspaceText.IsBinary(start.AsSpan(0, length)))
            return ToolResult.Error($"'{path}' is not text ({stream.Length} bytes).");
        stream.Position = 0;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Lines(reader, path, from, lines, Math.Max(1000, call.Run.Profile.Turns.ToolOutput - Room), cancellationToken);
    }

    private static ToolResult Lines(StreamReader reader, WorkspacePath path, int from, int lines, int cap, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var number = 0;
        var left = lines;
        while (Next(reader, cap) is { } line)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++number < from)
                continue;
            if (left-- == 0 || (text.Length > 0 && text.Length + line.Length + 1 > cap))
                return new ToolResult($"{text}[{path} goes on; read it from line {number}]");
            if (line.Length > cap)
                return new ToolResult($"{text}{line.AsSpan(0, cap)}\n[line {number} of {path} is longer than can be shown; the next line is {number + 1}]");
            text.Append(line).Append('\n');
        }
        if (number == 0)
            return new ToolResult($"[{path} is empty]");
        return number < from ? ToolResult.Error($"'{path}' has only {number} lines.") : new ToolResult(text.ToString());
    }

    // ReadLine would take a file of one endless line into memory: what is beyond the cap is read and dropped.
    private static string? Next(StreamReader reader, int cap)
    {
        var line = new StringBuilder();
        var read = reader.Read();
        if (read < 0)
            return null;
        for (; read >= 0 && read != '\n'; read = reader.Read())
        {
            if (line.Length <= cap)
                line.Append((char)read);
        }
        if (line.Length > 0 && line[^1] == '\r')
            line.Length--;
        return line.ToString();
    }
}
