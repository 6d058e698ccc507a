using Vigil.Settings;
using Vigil.Settings.Reading;
using Vigil.Settings.Rules;

namespace Vigil.Agents;

/// <summary>What an agent's settings mean together with what it inherits. Only what agent.json itself touches is looked at: the rest was when vigil.json was read.</summary>
internal sealed class ProfileRules(Findings findings, AgentFile file, SettingNode own, VigilSettings settings)
{
    /// <summary>Keys under which probes name what they read.</summary>
    private static readonly string[] PathKeys = ["path", "file", "directory", "paths", "files"];

    public void Check()
    {
        var models = new ModelRules(findings, file.Providers, settings.Plugins.Count > 0);
        if (Own("model"))
            models.Model(KeyPath.Of("model"), file.Model);
        if (Own("fallbacks"))
            models.Models(KeyPath.Of("fallbacks"), file.Fallbacks);
        if (Own("providers"))
            models.Entries(KeyPath.Of("providers"));
        if (Own("heartbeat"))
            CommonRules.Heartbeat(findings, KeyPath.Of("heartbeat"), file.Heartbeat, models, GatewayRules.ChannelsOf(settings));
        if (Own("budget"))
            CommonRules.Budget(findings, KeyPath.Of("budget"), file.Budget);
        if (Own("mcp"))
            CommonRules.Mcp(findings, KeyPath.Of("mcp"), file.Mcp);
        for (var i = 0; i < file.Privacy.Providers?.Count; i++)
            models.Provider(KeyPath.Of("privacy", "providers", $"[{i}]"), file.Privacy.Providers[i], provider => $"\"{provider}\"");
        foreach (var name in file.Probes.Keys)
            Probe(KeyPath.Of("probes", name));
    }

    private bool Own(string key) => own.Members.ContainsKey(key);

    private void Probe(KeyPath key)
    {
        if (findings.Root.Find(key.Names) is not { Kind: NodeKind.Object } probe)
            return;
        if (!probe.Members.TryGetValue("kind", out var kind))
            findings.Add(key / "kind", "is missing; say which probe this is", "\"file\"");
        else if (kind.Value is not { Kind: NodeKind.Text, Text.Length: > 0 })
            findings.Add(key / "kind", "is no name of a probe", "\"file\"");
        foreach (var name in PathKeys)
        {
            foreach (var path in Texts(probe.Members.GetValueOrDefault(name)?.Value))
            {
                if (!VigilHome.IsInside(path.Text))
                    findings.Add(path.At, key / name, path.Shown, "\"notes/inbox.md\"", "lies outside the agent's workspace; write a path below it");
            }
        }
    }

    private static IEnumerable<SettingNode> Texts(SettingNode? node)
        => node switch
        {
            { Kind: NodeKind.Text } => [node],
            { Kind: NodeKind.Array } => node.Items.Where(item => item.Kind == NodeKind.Text),
            _ => [],
        };
}
