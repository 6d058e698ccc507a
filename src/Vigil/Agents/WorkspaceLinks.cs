using System.Collections.Concurrent;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>A workspace may be a link, to a larger disk for example, but never to where Vigil's own files or those of another agent are: tools reach all of a workspace.</summary>
internal sealed class WorkspaceLinks(VigilHome home)
{
    // Whoever was seen first has the place; a restart may see the other one first, and both are in the wrong.
    private readonly ConcurrentDictionary<string, AgentId> _owners = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the agent's workspace; null for what is no link, and for links that lead to a place of their own.</summary>
    public SettingsError? Problem(AgentId agent)
    {
        var workspace = home.Workspace(agent);
        if (new DirectoryInfo(workspace).LinkTarget is null)
            return null;
        var real = RealPath.Of(workspace);
        var (own, root) = (RealPath.Of(home.AgentDirectory(agent)), RealPath.Of(home.Root));
        var isBelowOwn = real != own && RealPath.IsInside(real, own);
        if (!isBelowOwn && (RealPath.IsInside(real, root) || RealPath.IsInside(root, real) || RealPath.IsInside(own, real)))
            return Wrong("is a link to where settings, secrets or other agents lie");
        var owner = _owners.AddOrUpdate(real, agent, (_, before) => before != agent && RealPath.Of(home.Workspace(before)) == real ? before : agent);
        return owner == agent ? null : Wrong($"is a link to the same place as the workspace of {owner}");

        SettingsError Wrong(string what) => new(workspace, 0, 0, "", null, null, $"{what}; agents never share a directory, so give it one of its own");
    }
}
