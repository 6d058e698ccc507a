using System.Globalization;
using NodaTime;
using NodaTime.Extensions;
using NodaTime.Text;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Tools.Files;

namespace Vigil.Tools.Memory;

/// <summary>Keeps what should outlive the conversation, in plain files that a person can read and edit.</summary>
internal sealed class MemoryWriteTool(VigilHome home, TimeProvider time) : ITool
{
    private const int Longest = 20_000;

    private static readonly LocalDatePattern Day = LocalDatePattern.Iso;

    public ToolDefinition Definition { get; } = new("memory_write",
        "Remember something for later conversations. It is added under today's date to a Markdown file in memory/, or replaces the file.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "text": { "type": "string", "description": "What to remember, as complete sentences" },
            "file": { "type": "string", "description": "Which file, by subject, for example people or projects; default notes" },
            "mode": { "type": "string", "enum": ["append", "replace"], "description": "append (default) or replace the whole file" }
          },
          "required": ["text"],
          "additionalProperties": false
        }
        """));

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("text") is not { } text || string.IsNullOrWhiteSpace(text))
            return ToolArguments.Missing("text", "what to remember");
        if (text.Length > Longest)
            return ToolResult.Error($"'text' is longer than {Longest} characters; remember the essence.");
        if (call.Text("mode") is not (null or "append" or "replace"))
            return ToolResult.Error("'mode' must be append or replace.");
        if (!MemoryFile.Resolve(call.Text("file") is { Length: > 0 } name ? name : "notes", out var path, out var problem))
            return ToolResult.Error(problem);
        var workspace = Workspace.Of(home, call.Run.Agent);
        using var held = await workspace.LockAsync(path, cancellationToken);
        if (call.Text("mode") == "replace")
            return workspace.Write(path, text.TrimEnd() + "\n") is { } refused ? ToolResult.Error(refused) : new ToolResult($"Replaced {path}.");
        var existing = "";
        if (Exists(workspace, path))
        {
            var read = workspace.ReadText(path);
            if (read.Value is null)
                return ToolResult.Error(read.Problem!);
            existing = read.Value;
        }
        if (existing.Length + text.Length > WorkspaceText.Largest)
            return ToolResult.Error($"{path} is full; begin another file.");
        return workspace.Write(path, Appended(existing, text, call.Run.Profile.Timezone)) is { } failed ? ToolResult.Error(failed) : new ToolResult($"Remembered in {path}.");
    }

    private string Appended(string existing, string text, string timezone)
    {
        var zone = Zones.TryFind(timezone, out var known, out _) ? known : DateTimeZone.Utc;
        var heading = string.Create(CultureInfo.InvariantCulture, $"## {Day.Format(time.GetUtcNow().ToInstant().InZone(zone).Date)}");
        var last = existing.Split('\n').LastOrDefault(line => line.StartsWith("## ", StringComparison.Ordinal))?.TrimEnd('\r', ' ');
        var before = existing.TrimEnd();
        var separator = before.Length == 0 ? "" : "\n\n";
        return last == heading ? $"{before}{separator}{text.Trim()}\n" : $"{before}{separator}{heading}\n\n{text.Trim()}\n";
    }

    private static bool Exists(Workspace workspace, WorkspacePath path)
        => workspace.Walk(path.Parent, depth: 1).Any(entry => entry.Path == path);
}
