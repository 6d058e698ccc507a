using Vigil.Agents;

namespace Vigil.Models;

/// <summary>Finds a provider as one agent may use it: merged settings with that agent's secrets.</summary>
public interface IProviders
{
    ProviderLookup Find(string provider, AgentProfile profile);
}

/// <summary>Either the options, or a sentence that names what is missing and how to set it (never a value).</summary>
public sealed record ProviderLookup
{
    private ProviderLookup()
    {
    }

    public ProviderOptions? Options { get; private init; }

    public string? Problem { get; private init; }

    public static ProviderLookup Found(ProviderOptions options) => new() { Options = options };

    public static ProviderLookup Missing(string problem) => new() { Problem = problem };
}
