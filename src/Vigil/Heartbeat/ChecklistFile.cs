using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools.Files;

namespace Vigil.Heartbeat;

/// <summary>Reads an agent's HEARTBEAT.md, anew each time.</summary>
internal sealed class ChecklistFile(VigilHome home)
{
    public const string Name = "HEARTBEAT.md";

    /// <summary>The checklist; an empty one when there is no file.</summary>
    /// <exception cref="ChecklistException">The file is there and cannot be read, or is too large.</exception>
    public Checklist Read(AgentProfile profile)
    {
        var file = Path.Combine(home.Workspace(profile.Id), Name);
        if (!WorkspacePath.Resolve(Name, out var path, out var problem))
            throw new ChecklistException(file, problem);
        var opened = Workspace.Of(home, profile.Id).OpenRead(path);
        if (opened.Value is null)
            return Path.Exists(file) ? throw new ChecklistException(file, opened.Problem!) : Checklist.Empty;
        using var stream = opened.Value;
        if (stream.Length > Checklist.MaxBytes)
            throw new ChecklistException(file, $"it has {stream.Length} bytes; at most {Checklist.MaxBytes} are taken.");
        using var reader = new StreamReader(stream, bufferSize: (int)stream.Length + 1);
        var reading = Checklist.Read(reader.ReadToEnd(), [.. profile.Probes.Keys]);
        return reading.Checklist ?? throw new ChecklistException(file, reading.Fault!.Message);
    }
}

/// <summary>The checklist is there and says nothing that can be trusted.</summary>
public sealed class ChecklistException(string file, string problem) : Exception($"{file} cannot be used: {problem}")
{
    public string File { get; } = file;
}
