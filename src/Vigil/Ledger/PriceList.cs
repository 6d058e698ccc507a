using Vigil.Settings;

namespace Vigil.Ledger;

/// <summary>What a model call costs. Settings win over the built-in table; a model in neither has no known price, which is never taken for zero.</summary>
public sealed class PriceList(ISettings settings)
{
    /// <summary>When the built-in table was last looked through.</summary>
    public const string BuiltInDate = "2026-11-01";

    private const decimal Million = 1_000_000m;

    // US dollars per million tokens. Providers change prices; models.prices in vigil.json is the place to say so.
    private static readonly Dictionary<string, PriceSettings> s_builtIn = new(StringComparer.OrdinalIgnoreCase)
    {
        ["openai/gpt-5.4"] = new() { Input = 1.25m, CachedInput = 0.125m, Output = 10m },
        ["openai/gpt-5.4-mini"] = new() { Input = 0.25m, CachedInput = 0.025m, Output = 2m },
        ["openai/gpt-5"] = new() { Input = 1.25m, CachedInput = 0.125m, Output = 10m },
        ["openai/gpt-5-mini"] = new() { Input = 0.25m, CachedInput = 0.025m, Output = 2m },
        ["openai/gpt-5-nano"] = new() { Input = 0.05m, CachedInput = 0.005m, Output = 0.4m },
        ["openai/gpt-4o"] = new() { Input = 2.5m, CachedInput = 1.25m, Output = 10m },
        ["openai/gpt-4o-mini"] = new() { Input = 0.15m, CachedInput = 0.075m, Output = 0.6m },
        ["anthropic/claude-opus-4.5"] = new() { Input = 5m, CachedInput = 0.5m, Output = 25m },
        ["anthropic/claude-sonnet-4.5"] = new() { Input = 3m, CachedInput = 0.3m, Output = 15m },
        ["anthropic/claude-haiku-4.5"] = new() { Input = 1m, CachedInput = 0.1m, Output = 5m },
        ["anthropic/claude-haiku-3.5"] = new() { Input = 0.8m, CachedInput = 0.08m, Output = 4m },
    };

    /// <summary>The price of a model, by the name used and else by the one asked for; null when neither is known.</summary>
    public PriceSettings? Find(string used, string? asked = null)
    {
        var own = settings.Current.Models.Prices;
        foreach (var name in new[] { used, asked })
        {
            if (name is null)
                continue;
            if (own.TryGetValue(name, out var price) || s_builtIn.TryGetValue(name, out price))
                return price;
            if (name.StartsWith("ollama/", StringComparison.Ordinal) || name.StartsWith("scripted/", StringComparison.Ordinal))
                return new PriceSettings();
        }
        return null;
    }

    public decimal? Cost(string used, string? asked, long input, long cachedInput, long output)
        => Find(used, asked) is { } price
            ? (((input - cachedInput) * price.Input) + (cachedInput * (price.CachedInput ?? price.Input)) + (output * price.Output)) / Million
            : null;
}
