using System.Collections.Frozen;

namespace Vigil.Settings;

/// <summary>Providers that need no entry in settings; an entry of the same name changes single keys.</summary>
public static class BuiltInProviders
{
    public static FrozenDictionary<string, ProviderSettings> All { get; } = new Dictionary<string, ProviderSettings>
    {
        ["openai"] = new() { Kind = "openai", BaseUrl = "https://api.openai.com/v1", ApiKey = "env:OPENAI_API_KEY" },
        ["anthropic"] = new() { Kind = "anthropic", BaseUrl = "https://api.anthropic.com", ApiKey = "env:ANTHROPIC_API_KEY" },
        ["openrouter"] = new() { Kind = "openai", BaseUrl = "https://openrouter.ai/api/v1", ApiKey = "env:OPENROUTER_API_KEY" },
        ["ollama"] = new() { Kind = "openai", BaseUrl = "http://127.0.0.1:11434/v1" },
    }.ToFrozenDictionary();
}
