using Vigil.Agents;
using Vigil.Models;

namespace Vigil.Settings;

/// <summary>Puts a provider's settings and the secrets that its agent may use together. What is missing is said; nothing else is tried in its place.</summary>
internal sealed class ProviderResolution(VigilHome home, ISecrets secrets) : IProviders
{
    public ProviderLookup Find(string provider, AgentProfile profile)
    {
        var builtIn = BuiltInProviders.All.GetValueOrDefault(provider);
        var entry = profile.Providers.GetValueOrDefault(provider);
        var own = profile.OwnProviders.Contains(provider);
        if ((entry ?? builtIn) is not { } settings)
            return ProviderLookup.Missing($"There is no provider '{provider}'; add it to models.providers in {home.SettingsFile}.");
        if ((settings.Kind ?? builtIn?.Kind) is not { } kind)
            return ProviderLookup.Missing($"The provider '{provider}' has no kind; set models.providers.{provider}.kind in {home.SettingsFile}.");

        // The built-in reference is the gateway's: an agent that brings an entry of its own is never served with it.
        var samePlace = builtIn is not null && kind == builtIn.Kind && (settings.BaseUrl ?? builtIn.BaseUrl) == builtIn.BaseUrl;
        var reference = settings.ApiKey ?? (own ? null : builtIn?.ApiKey);
        if (reference is null && samePlace && builtIn!.ApiKey is { } usual && !HasKeyHeader(settings))
            return ProviderLookup.Missing($"Agent {profile.Id} has its own entry for {provider} without a key; "
                + $"put \"apiKey\": \"{usual}\" or a file: reference into providers.{provider} of {home.AgentFile(profile.Id)}.");
        string? key = null;
        if (reference is not null)
        {
            var secret = secrets.Resolve(reference, OnBehalfOf(profile, own));
            // A server of one's own under a built-in name may need no key at all; one that settings name is always needed.
            if (!secret.Found && (settings.ApiKey is not null || (samePlace && !HasKeyHeader(settings))))
                return ProviderLookup.Missing($"The key of {provider} for agent {profile.Id}: {secret.Problem}");
            key = secret.Value;
        }
        var headers = new Dictionary<string, string>();
        foreach (var (name, text) in settings.Headers)
        {
            var header = Header(text, OnBehalfOf(profile, own));
            if (!header.Found)
                return ProviderLookup.Missing($"The header {name} of {provider} for agent {profile.Id}: {header.Problem}");
            headers[name] = header.Value!;
        }
        return ProviderLookup.Found(new ProviderOptions(provider, kind)
        {
            BaseUrl = (settings.BaseUrl ?? builtIn?.BaseUrl) is { } address ? new Uri(address) : null,
            ApiKey = key,
            Headers = headers,
            ScriptFile = settings.Script is { } script ? Path.Combine(home.Root, script) : null,
            FirstByteTimeout = settings.Timeout,
            IdleTimeout = settings.Timeout,
        });
    }

    // References of vigil.json are the gateway's and mean the same for all agents.
    private static AgentId? OnBehalfOf(AgentProfile profile, bool own) => own ? profile.Id : null;

    private static bool HasKeyHeader(ProviderSettings settings) => settings.Headers.Keys.Any(SecretReference.SoundsSecret);

    private SecretResult Header(string text, AgentId? agent)
    {
        var split = text.LastIndexOf(' ') + 1;
        if (!SecretReference.IsReference(text[split..]))
            return new SecretResult(text, null);
        var secret = secrets.Resolve(text[split..], agent);
        return secret.Found ? new SecretResult(text[..split] + secret.Value, null) : secret;
    }
}
