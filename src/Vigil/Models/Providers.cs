using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Models;

/// <summary>A provider as one agent may use it. Credentials of the agent's own entry are looked for as that agent; if one is missing, nothing else is tried.</summary>
internal sealed class Providers(ISecrets secrets, VigilHome home) : IProviders
{
    public ProviderLookup Find(string provider, AgentProfile profile)
    {
        if (!profile.Providers.TryGetValue(provider, out var settings))
            return ProviderLookup.Missing($"There is no provider '{provider}'. Known: {string.Join(", ", profile.Providers.Keys.Order(StringComparer.Ordinal))}.");
        AgentId? owner = profile.OwnProviders.Contains(provider) ? profile.Id : null;
        string? key = null;
        if (settings.ApiKey is { } reference)
        {
            var found = secrets.Resolve(reference, owner);
            if (!found.Found)
                return ProviderLookup.Missing($"The key of provider '{provider}' is missing: {found.Problem}");
            key = found.Value;
        }
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in settings.Headers)
        {
            if (!SecretReference.IsReference(value))
            {
                headers[name] = value;
                continue;
            }
            var found = secrets.Resolve(value, owner);
            if (!found.Found)
                return ProviderLookup.Missing($"The header {name} of provider '{provider}' is missing: {found.Problem}");
            headers[name] = found.Value!;
        }
        return ProviderLookup.Found(new ProviderOptions(provider, settings.Kind ?? "openai")
        {
            BaseUrl = settings.BaseUrl is { } address ? new Uri(address) : null,
            ApiKey = key,
            Headers = headers,
            ScriptFile = settings.Script is { } script ? Path.GetFullPath(script, home.Root) : null,
            FirstByteTimeout = settings.Timeout,
            IdleTimeout = settings.Timeout,
        });
    }
}
