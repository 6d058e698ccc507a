using System.ComponentModel;

namespace Vigil.Settings;

/// <summary><c>models</c>: the providers, the default model, the prices.</summary>
public sealed record ModelsSettings
{
    [Description("provider/model of agents that name none.")]
    [Text(TextFormat.Model)]
    public string? Default { get; init; }

    [Description("Tried in order when the agent's own model fails; never for a model that was named explicitly.")]
    [Text(TextFormat.Model)]
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    [Description("Providers by name. openai, anthropic, openrouter and ollama need no entry.")]
    [Names(TextFormat.Name)]
    public IReadOnlyDictionary<string, ProviderSettings> Providers { get; init; } = new Dictionary<string, ProviderSettings>();

    [Description("US dollars per million tokens, by provider/model; wins over the built-in table.")]
    [Names(TextFormat.Model)]
    public IReadOnlyDictionary<string, PriceSettings> Prices { get; init; } = new Dictionary<string, PriceSettings>();
}

/// <summary><c>models.providers.NAME</c></summary>
public sealed record ProviderSettings
{
    [Description("openai (any compatible server), anthropic, scripted, or the kind of a plug-in.")]
    [Text(TextFormat.Name, Example = "openai")]
    public string? Kind { get; init; }

    [Description("Address of the API, for example http://127.0.0.1:11434/v1.")]
    [Text(TextFormat.Url, Example = "http://127.0.0.1:11434/v1")]
    public string? BaseUrl { get; init; }

    [Description("A secret: env:NAME or file:NAME.")]
    [Text(TextFormat.Secret)]
    public string? ApiKey { get; init; }

    [Description("Extra headers; a value may be, or end in, env:NAME or file:NAME.")]
    [Text(TextFormat.MaybeSecret)]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Description("The replies of a scripted model: a file in the home.")]
    public string? Script { get; init; }

    [Description("How long the first byte of an answer may take, and the longest silence within it.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);
}

/// <summary><c>models.prices.MODEL</c>: dollars for a million tokens.</summary>
public sealed record PriceSettings
{
    [Description("Input tokens.")]
    [Bounds(0)]
    public decimal Input { get; init; }

    [Description("Input tokens that the provider had cached; without it the price of input.")]
    [Bounds(0)]
    public decimal? CachedInput { get; init; }

    [Description("Output tokens.")]
    [Bounds(0)]
    public decimal Output { get; init; }
}
