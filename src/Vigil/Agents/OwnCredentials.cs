using Vigil.Settings.Reading;

namespace Vigil.Agents;

/// <summary>Keys of a provider's entry merge one by one, but credentials and the place they are sent to belong together.</summary>
internal static class OwnCredentials
{
    /// <summary>
    /// Where the agent sends a provider's requests elsewhere, the inherited key and headers do not go along; where the agent has a key of its own,
    /// neither environment nor command line replaces it.
    /// </summary>
    public static (SettingNode Below, SettingNode Above) Guard(SettingNode own, SettingNode below, SettingNode above)
    {
        foreach (var (name, entry) in own.Members)
        {
            var keys = entry.Value.Members;
            if (keys.ContainsKey("baseUrl") || keys.ContainsKey("kind"))
                below = Without(below, name);
            if (keys.ContainsKey("apiKey"))
                above = Without(above, name);
        }
        return (below, above);
    }

    private static SettingNode Without(SettingNode tree, string provider)
    {
        if (tree.Find(["providers", provider]) is not { Kind: NodeKind.Object } entry)
            return tree;
        var kept = entry.Members.Where(member => member.Key is not ("apiKey" or "headers")).ToDictionary();
        return With(tree, "providers", With(tree.Members["providers"].Value, provider, new SettingNode(NodeKind.Object, entry.At) { Members = kept }));
    }

    private static SettingNode With(SettingNode node, string name, SettingNode value)
    {
        var members = new Dictionary<string, SettingNode.Member>(node.Members) { [name] = new(value.At, value) };
        return new SettingNode(NodeKind.Object, node.At) { Members = members };
    }
}
