using System.Text.Json;

namespace Vigil.Settings;

/// <summary>Which model agents use that name none, and how that came about.</summary>
/// <param name="Model">provider/model; null when none was found. The gateway runs without one.</param>
/// <param name="From">settings, a variable's name, or Ollama's address.</param>
/// <param name="Message">One or more lines for a person: what was found, or exactly what to do.</param>
public sealed record DetectedModel(string? Model, string? From, string Message);

/// <summary>Finds a model without any setting: a known key in the environment, else a local Ollama.</summary>
public sealed class ModelDetection(SettingsInputs inputs, TimeProvider time, HttpMessageHandler? handler = null)
{
    private static readonly TimeSpan OllamaLimit = TimeSpan.FromMilliseconds(300);

    private static readonly (string Variable, string Model)[] Known =
    [
        ("OPENAI_API_KEY", "openai/gpt-5.4"),
        ("ANTHROPIC_API_KEY", "anthropic/claude-sonnet-4.5"),
        ("OPENROUTER_API_KEY", "openrouter/anthropic/claude-sonnet-4.5"),
    ];

    /// <summary>Families that turn text into vectors and cannot chat.</summary>
    private static readonly string[] NoChat = ["embed", "bert", "bge-", "minilm", "rerank"];

    /// <param name="settings">The settings as the files have them.</param>
    public async Task<DetectedModel> DetectAsync(VigilSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Models.Default is { } named)
            return new DetectedModel(named, "settings", $"Model {named}, as set in models.default.");
        foreach (var (variable, model) in Known)
        {
            if (!string.IsNullOrWhiteSpace(inputs.Environment.GetValueOrDefault(variable)))
                return new DetectedModel(model, variable, $"Model {model}: {variable} is set. Choose another with models.default in vigil.json.");
        }
        var ollama = OllamaAddress(settings);
        return await FromOllamaAsync(ollama, cancellationToken) is { } local
            ? new DetectedModel(local, ollama.Authority,
                $"Model {local}: found in Ollama at {ollama.Authority}. Choose another with models.default in vigil.json.")
            : new DetectedModel(null, null, $"""
                No model was found; Vigil runs, but agents cannot think yet. Do one of these:
                  - export OPENAI_API_KEY=… (or ANTHROPIC_API_KEY, or OPENROUTER_API_KEY) and start again
                  - start Ollama and fetch a model: ollama pull qwen3
                  - set "models": {"{ \"default\": \"provider/model\" }"} in {inputs.Home.SettingsFile}
                To look around without a model: vigil demo
                """);
    }

    private static Uri OllamaAddress(VigilSettings settings)
        => new(settings.Models.Providers.GetValueOrDefault("ollama")?.BaseUrl ?? BuiltInProviders.All["ollama"].BaseUrl!);

    private async Task<string?> FromOllamaAsync(Uri address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(OllamaLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var http = handler is null
            ? new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
            : new HttpClient(handler, disposeHandler: false);
        try
        {
            await using var body = await http.GetStreamAsync(new Uri(address, "/api/tags"), either.Token);
            using var tags = await JsonDocument.ParseAsync(body, cancellationToken: either.Token);
            return tags.RootElement.GetProperty("models").EnumerateArray()
                .Select(model => model.GetProperty("name").GetString())
                .Where(name => name is not null && !NoChat.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
                .Select(name => $"ollama/{name}")
                .FirstOrDefault();
        }
        catch (Exception cause) when (cause is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            // Nobody there, or not Ollama: either way there is no model.
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
