using System.Collections.Frozen;
using Vigil.Agents;
using Vigil.Settings.Reading;

namespace Vigil.Settings.Rules;

/// <summary>What the settings of the gateway mean together: agents and channels that exist, pairs that belong together.</summary>
internal sealed class GatewayRules(Findings findings, VigilSettings settings, AgentDirectories agents)
{
    private static readonly KeyPath Gateway = KeyPath.Of("gateway");

    public void Check()
    {
        var models = new ModelRules(findings, settings.Models.Providers, settings.Plugins.Count > 0);
        var channels = ChannelsOf(settings);
        models.Model(KeyPath.Of("models", "default"), settings.Models.Default);
        models.Models(KeyPath.Of("models", "fallbacks"), settings.Models.Fallbacks);
        models.Entries(KeyPath.Of("models", "providers"));
        CommonRules.Heartbeat(findings, Gateway / "heartbeat", settings.Gateway.Heartbeat, models, channels);
        CommonRules.Budget(findings, KeyPath.Of("budget"), settings.Budget);
        CommonRules.Mcp(findings, KeyPath.Of("mcp"), settings.Mcp);
        CommonRules.QuietHours(findings, KeyPath.Of("notify", "quietHours"), settings.Notify.QuietHours);
        Owner(channels);
        Agent(KeyPath.Of("defaultAgent"), settings.DefaultAgent);
        Store(settings.Gateway.Storage);
        Tls(settings.Gateway.Tls);
        foreach (var (name, hook) in settings.Gateway.Hooks)
            Hook(Gateway / "hooks" / name, hook, models, channels);
        // A typing error here would leave a plug-in on its defaults without a word.
        foreach (var file in settings.PluginSettings.Keys.Where(file => !settings.Plugins.Contains(file)))
            findings.Add(KeyPath.Of("pluginSettings") / file, "is no plug-in that plugins lists", settings.Plugins.Count == 0 ? null : $"\"{Errors.Nearest.To(file, settings.Plugins) ?? settings.Plugins[0]}\"");
    }

    public static FrozenDictionary<string, IReadOnlySet<string>> ChannelsOf(VigilSettings settings)
        => settings.Notify.Channels.ToFrozenDictionary(kind => kind.Key, kind => (IReadOnlySet<string>)kind.Value.Keys.ToHashSet());

    private void Owner(IReadOnlyDictionary<string, IReadOnlySet<string>> channels)
    {
        for (var i = 0; i < settings.Notify.Owner.Count; i++)
        {
            var key = KeyPath.Of("notify", "owner", $"[{i}]");
            if (settings.Notify.Owner[i] is "owner" or "origin" or "none" or "session")
                findings.Add(key, "stands for other targets; name channels here", "\"webhook:phone\"");
            CommonRules.Target(findings, key, settings.Notify.Owner[i], channels);
        }
    }

    private void Agent(KeyPath key, string agent)
    {
        if (AgentId.TryParse(agent, null, out var id) && !agents.Exists(id))
            findings.Add(key, $"names the unknown agent '{agent}'", $"\"{agents.Near(agent) ?? "main"}\"");
    }

    private void Store(StorageSettings storage)
    {
        var key = Gateway / "storage" / "connection";
        if (storage.Kind == StorageKind.Postgres && storage.Connection is null && !findings.Has(key))
            findings.Add(key, "is missing; a postgres store needs it", "\"env:VIGIL_PG\"");
    }

    private void Tls(TlsSettings? tls)
    {
        if (tls is null)
            return;
        if (tls.Certificate is null)
            findings.Add(Gateway / "tls" / "certificate", "is missing; tls needs certificate and key", "\"/etc/vigil/cert.pem\"");
        if (tls.Key is null)
            findings.Add(Gateway / "tls" / "key", "is missing; tls needs certificate and key", "\"/etc/vigil/key.pem\"");
    }

    private void Hook(KeyPath key, HookSettings hook, ModelRules models, IReadOnlyDictionary<string, IReadOnlySet<string>> channels)
    {
        Agent(key / "agent", hook.Agent);
        models.Model(key / "model", hook.Model);
        CommonRules.Target(findings, key / "deliver", hook.Deliver, channels);
        if (hook.Signature is not null && hook.Secret is null && !findings.Has(key / "secret"))
            findings.Add(key / "secret", "is missing; a signature needs it", "\"env:HOOK_SECRET\"");
    }
}
