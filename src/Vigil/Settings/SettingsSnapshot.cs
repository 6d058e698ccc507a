using Vigil.Agents;
using Vigil.Settings.Reading;

namespace Vigil.Settings;

/// <summary>Settings that are in force, with the trees they came from: profiles are merged out of the trees, not out of the records.</summary>
internal sealed class SettingsSnapshot
{
    public SettingsSnapshot(VigilSettings settings, SettingNode below, SettingNode above)
    {
        Settings = settings;
        Merged = SettingNode.Merge(below, above);
        AgentBelow = Project(below);
        AgentAbove = Project(above);
        var shared = SettingNode.Merge(AgentBelow, AgentAbove);
        SharedAgent = new Binder(new Findings(shared)).Bind<AgentFile>(shared);
        SharedHash = ProfileReader.HashOf(SharedAgent);
    }

    public VigilSettings Settings { get; }

    public SettingNode Merged { get; }

    /// <summary>What agents inherit from vigil.json, under the keys of agent.json.</summary>
    public SettingNode AgentBelow { get; }

    /// <summary>What environment and command line set for all agents, over their own files.</summary>
    public SettingNode AgentAbove { get; }

    /// <summary>What agents have that set nothing themselves. With many agents most profiles share its parts.</summary>
    public AgentFile SharedAgent { get; }

    public string SharedHash { get; }

    private static SettingNode Project(SettingNode tree)
    {
        var members = new Dictionary<string, SettingNode.Member>();
        Take("model", "models", "default");
        Take("fallbacks", "models", "fallbacks");
        Take("providers", "models", "providers");
        Take("tools", "tools");
        Take("mcp", "mcp");
        Take("heartbeat", "gateway", "heartbeat");
        Take("turns", "turns");
        Take("sessions", "sessions");
        Take("timezone", "timezone");
        if (tree.Find(["budget", "onExceeded"]) is { } onExceeded)
        {
            var action = new Dictionary<string, SettingNode.Member> { ["onExceeded"] = new(onExceeded.At, onExceeded) };
            members["budget"] = new SettingNode.Member(onExceeded.At, new SettingNode(NodeKind.Object, onExceeded.At) { Members = action });
        }
        return new SettingNode(NodeKind.Object, tree.At) { Members = members };

        void Take(string key, params string[] path)
        {
            if (tree.Find(path) is { } node)
                members[key] = new SettingNode.Member(node.At, node);
        }
    }
}
