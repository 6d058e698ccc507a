using Vigil.Agents;

namespace Vigil.Settings;

/// <summary>Where everything of one gateway lies.</summary>
public sealed record VigilHome(string Root)
{
    /// <summary>What copies of the database are called while they are made.</summary>
    public const string CopyPrefix = ".backup-";

    public string SettingsFile => Path.Combine(Root, "vigil.json");

    /// <summary>For editors; written anew when this version's differs.</summary>
    public string SettingsSchema => Path.Combine(Root, "vigil.schema.json");

    public string AgentSchema => Path.Combine(Root, "agent.schema.json");

    public string RoutesFile => Path.Combine(Root, "routes.json");

    public string Secrets => Path.Combine(Root, "secrets");

    public string Agents => Path.Combine(Root, "agents");

    public string Plugins => Path.Combine(Root, "plugins");

    public string Removed => Path.Combine(Root, "removed");

    public string Database => Path.Combine(Root, "vigil.db");

    public string LockFile => Path.Combine(Root, "vigil.lock");

    public string GatewayKeyFile => Path.Combine(Secrets, "gateway.key");

    public string AgentDirectory(AgentId agent) => Path.Combine(Agents, agent.Value);

    public string AgentFile(AgentId agent) => Path.Combine(AgentDirectory(agent), "agent.json");

    public string Workspace(AgentId agent) => Path.Combine(AgentDirectory(agent), "workspace");

    public string AgentSecrets(AgentId agent) => Path.Combine(Secrets, agent.Value);

    /// <summary>A path as settings may name it: relative, and not out of the directory that it is relative to.</summary>
    public static bool IsInside(string path)
        => path.Length > 0 && !Path.IsPathRooted(path) && !path.Contains(':') && !path.Contains('\\') && !path.Contains('\0')
           && !path.Split('/').Contains("..");
}
