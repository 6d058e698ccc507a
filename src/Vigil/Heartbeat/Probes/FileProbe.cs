using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools;
using Vigil.Tools.Files;

namespace Vigil.Heartbeat.Probes;

/// <summary><c>{ "kind": "file", "path": "inbox/*.md", "by": "hash" }</c>: files of the agent's workspace, by hash (default), mtime or size.</summary>
internal sealed class FileProbe(VigilHome home) : IProbe
{
    private const int FilesAtMost = 1_000;
    private const int Deepest = 8;

    public string Kind => "file";

    public string? Check(AgentProfile profile, JsonObject settings)
    {
        if (settings.Text("path") is not { } path)
            return "'path' is missing; a good value is inbox.md or mail/*.md";
        if (!WorkspacePath.Resolve(path, out _, out var problem))
            return $"'path': {problem}";
        return settings.Text("by") is null or "hash" or "mtime" or "size" ? null : $"'by' is '{settings.Text("by")}'; known are hash, mtime and size";
    }

    public async Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        if (Check(request.Profile, request.Settings) is { } problem)
            throw new ProbeException(problem);
        var workspace = Workspace.Of(home, request.Profile.Id);
        var pattern = request.Settings.Text("path")!;
        var by = request.Settings.Text("by") ?? "hash";
        var files = Files(workspace, pattern);
        // The only file is shown whole, and read once for both.
        var whole = files is [{ Length: <= WorkspaceText.Largest } one] ? workspace.ReadBytes(one.Path).Value : null;
        var fingerprint = new StringBuilder();
        foreach (var file in files)
            fingerprint.Append(file.Path).Append('\n').Append(await MarkAsync(workspace, file, by, whole, cancellationToken)).Append('\n');
        return new ProbeReading(Hashes.Of(fingerprint.ToString()), Text(pattern, files, whole));
    }

    private static List<WorkspaceEntry> Files(Workspace workspace, string pattern)
    {
        var glob = pattern.IndexOfAny(['*', '?']) >= 0;
        WorkspacePath.Resolve(glob ? Fixed(pattern) : pattern, out var from, out _);
        if (!glob)
            return workspace.Find(from!) is { IsDirectory: false, IsLink: false } file ? [file] : [];
        var files = workspace.Walk(from!, Deepest).Where(entry => !entry.IsDirectory && !entry.IsLink && Glob.Matches(pattern, entry.Path.Value)).Take(FilesAtMost + 1).ToList();
        return files.Count <= FilesAtMost ? files : throw new ProbeException($"'{pattern}' matches more than {FilesAtMost} files; narrow it");
    }

    // The folders in front of the first one with a wildcard.
    private static string Fixed(string pattern)
    {
        var wild = pattern.IndexOfAny(['*', '?']);
        var slash = pattern.LastIndexOf('/', wild);
        return slash <= 0 ? "." : pattern[..slash];
    }

    private static async Task<string> MarkAsync(Workspace workspace, WorkspaceEntry file, string by, byte[]? whole, CancellationToken cancellationToken)
    {
        if (by == "size")
            return file.Length.ToString(CultureInfo.InvariantCulture);
        if (by == "mtime")
            return file.ChangedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        if (whole is not null)
            return Convert.ToHexStringLower(SHA256.HashData(whole));
        var opened = workspace.OpenRead(file.Path);
        if (opened.Value is null)
            return "gone";
        await using var stream = opened.Value;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private static string Text(string pattern, List<WorkspaceEntry> files, byte[]? whole)
    {
        switch (files)
        {
            case []:
                return $"No file matches {pattern}.";
            case [var only]:
                return whole is null || WorkspaceText.IsBinary(whole) ? $"{only.Path}: {only.Length} bytes" : $"{only.Path}:\n{Encoding.UTF8.GetString(whole)}";
            default:
                var lines = files.OrderByDescending(file => file.ChangedAt).ThenBy(file => file.Path.Value, StringComparer.Ordinal)
                    .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {file.Length} bytes, changed {file.ChangedAt:u}"));
                return $"{Counted.Of(files.Count, "file")}, the latest first:\n{string.Join('\n', lines)}";
        }
    }
}
