using System.Text.Json;
using Vigil.Settings;

namespace Vigil.Models;

/// <param name="Model">provider/model, or null when nothing was found.</param>
/// <param name="Told">What was found, or exactly what to do; printed by <c>vigil up</c>.</param>
public sealed record DetectedModel(string? Model, string Told);

/// <summary>Finds a model when settings name none: a provider's key in the environment, else a local Ollama.</summary>
public sealed class ModelDetection(TimeProvider time)
{
    private const string OllamaAddress = "http://127.0.0.1:11434";

    private static readonly TimeSpan s_ollamaLimit = TimeSpan.FromMilliseconds(300);

    private static readonly (string Variable, string Model)[] s_keys =
    [
        ("OPENAI_API_KEY", "openai/gpt-5.4-mini"),
        ("ANTHROPIC_API_KEY", "anthropic/claude-haiku-4.5"),
        ("OPENROUTER_API_KEY", "openrouter/openai/gpt-5.4-mini"),
    ];

    public async Task<DetectedModel> DetectAsync(VigilSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Models.Default is { } named)
            return new DetectedModel(named, $"{named} (models.default in vigil.json)");
        foreach (var (variable, model) in s_keys)
        {
            if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(variable)))
                return new DetectedModel(model, $"{model} (found {variable})");
        }
        if (await OllamaAsync(cancellationToken) is { } local)
            return new DetectedModel(local, $"{local} (found Ollama on this machine)");
        return new DetectedModel(null, "No model found. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENROUTER_API_KEY and start again, "
            + "or start Ollama, or set \"models\": { \"default\": \"provider/model\" } in vigil.json. Until then agents answer nothing and every work is skipped with no-model.");
    }

    private async Task<string?> OllamaAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_ollamaLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var http = new HttpClient();
        try
        {
            using var tags = JsonDocument.Parse(await http.GetStringAsync(new Uri(OllamaAddress + "/api/tags"), either.Token));
            return tags.RootElement.GetProperty("models").EnumerateArray()
                .Select(model => model.GetProperty("name").GetString())
                .Where(name => name is not null && !name.Contains("embed", StringComparison.OrdinalIgnoreCase))
                .Select(name => $"ollama/{name}")
                .FirstOrDefault();
        }
        catch (Exception absent) when (absent is HttpRequestException or OperationCanceledException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Nothing there, or something that is no Ollama: both mean that there is none.
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}
