using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>Makes an agent's directory in one step: it is built aside and moved into place, so half an agent never serves.</summary>
internal sealed class AgentStarter(VigilHome home)
{
    /// <summary>Names of directories that are being built; what a crash left of them is cleared at the next start.</summary>
    public const string AsidePrefix = ".adding-";

    /// <exception cref="IOException">The directory is there already, or cannot be made.</exception>
    public void Create(AgentId agent, string? soul = null) => Build(agent, workspace =>
    {
        File.WriteAllText(Path.Combine(workspace, "..", "agent.json"), StarterTexts.AgentFile);
        foreach (var (name, text) in StarterTexts.Workspace)
            File.WriteAllText(Path.Combine(workspace, name), name == "SOUL.md" && soul is not null ? soul : text);
    });

    /// <summary>Settings, persona, checklist and skills; memory only when asked for; never sessions, secrets or other files.</summary>
    /// <exception cref="IOException">The target is there already, or something cannot be copied.</exception>
    public void Clone(AgentId source, AgentId target, bool memory) => Build(target, workspace =>
    {
        var from = home.Workspace(source);
        if (File.Exists(home.AgentFile(source)))
            File.Copy(home.AgentFile(source), Path.Combine(workspace, "..", "agent.json"));
        foreach (var (name, text) in StarterTexts.Workspace)
        {
            if (File.Exists(Path.Combine(from, name)))
                File.Copy(Path.Combine(from, name), Path.Combine(workspace, name));
            else
                File.WriteAllText(Path.Combine(workspace, name), text);
        }
        CopyTree(Path.Combine(from, "skills"), Path.Combine(workspace, "skills"));
        if (memory)
            CopyTree(Path.Combine(from, "memory"), Path.Combine(workspace, "memory"));
    });

    /// <summary>Clears what a crash left behind.</summary>
    public void ClearAside()
    {
        foreach (var left in Directory.EnumerateDirectories(home.Root, AsidePrefix + "*"))
            Directory.Delete(left, recursive: true);
    }

    private void Build(AgentId agent, Action<string> fill)
    {
        PrivateFiles.MakeDirectory(home.Agents);
        var aside = Path.Combine(home.Root, $"{AsidePrefix}{agent}-{Guid.NewGuid():n}");
        try
        {
            PrivateFiles.MakeDirectory(aside);
            var workspace = Path.Combine(aside, "workspace");
            Directory.CreateDirectory(Path.Combine(workspace, "memory"));
            Directory.CreateDirectory(Path.Combine(workspace, "skills"));
            fill(workspace);
            Directory.Move(aside, home.AgentDirectory(agent));
        }
        catch
        {
            if (Directory.Exists(aside))
                Directory.Delete(aside, recursive: true);
            throw;
        }
    }

    private static void CopyTree(string from, string to)
    {
        if (!Directory.Exists(from))
            return;
        Directory.CreateDirectory(to);
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            // A link may lead into another agent's files.
            if (entry.LinkTarget is not null)
                continue;
            if (entry is DirectoryInfo)
                CopyTree(entry.FullName, Path.Combine(to, entry.Name));
            else
                File.Copy(entry.FullName, Path.Combine(to, entry.Name), overwrite: true);
        }
    }
}
