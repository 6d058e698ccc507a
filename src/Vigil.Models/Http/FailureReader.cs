using System.Buffers;
using System.Text.Json;
using Vigil.Models;

namespace Vigil.Models.Http;

/// <summary>The one place that reads a provider's words about an error. Everything after it looks at the kind alone.</summary>
internal static class FailureReader
{
    private const int LongestDetail = 160;

    // OpenAI, Anthropic, llama.cpp, Ollama, vLLM, LM Studio, OpenRouter, Gemini's and Mistral's compatible servers.
    private static readonly string[] s_contextTooLong =
    [
        "context_length_exceeded", "prompt is too long", "maximum context length", "context length", "context size", "context window", "n_ctx",
        "exceed_context_size_error", "exceeds the available context", "max_model_len", "input is too long", "input token count", "too many tokens",
        "request_too_large", "prompt too long", "string_above_max_length",
    ];

    private static readonly string[] s_refused =
        ["content_filter", "content_policy", "responsibleaipolicyviolation", "content management policy", "moderation", "flagged", "safety system"];

    private static readonly string[] s_noModel =
        ["model_not_found", "model not found", "unknown model", "invalid model", "not a valid model", "no such model", "does not exist"];

    private static readonly string[] s_noCredit = ["insufficient_quota", "credit balance", "billing_error", "billing_hard_limit", "insufficient credits"];

    private static readonly SearchValues<char> s_quotes = SearchValues.Create("'\"`“‘{[<\r\n");

    public static ModelFailure FromStatus(ProviderOptions options, int status, string body, TimeSpan? retryAfter)
    {
        var error = Parse(body);
        var kind = KindOf(status, error);
        return Failure(options, kind, error, status, retryAfter);
    }

    /// <summary>An error that came inside a stream that had begun with status 200.</summary>
    public static ModelFailure FromEvent(ProviderOptions options, string json)
    {
        var error = Parse(json);
        var status = error.Status ?? error.Type switch
        {
            "overloaded_error" => 529,
            "rate_limit_error" => 429,
            "authentication_error" or "permission_error" => 401,
            "billing_error" => 402,
            "not_found_error" => 404,
            "request_too_large" => 413,
            "invalid_request_error" => 400,
            "timeout_error" => 504,
            _ => 500,
        };
        return Failure(options, KindOf(status, error), error, error.Status, retryAfter: null);
    }

    public static ModelFailure Network(ProviderOptions options, string what) => new(ModelFailureKind.Network, what, options.Name, "");

    public static ModelFailure Timeout(ProviderOptions options, TimeSpan after, bool begun) => new(ModelFailureKind.Timeout,
        begun ? $"The answer stalled for {after.TotalSeconds:0.##} s." : $"No answer within {after.TotalSeconds:0.##} s.", options.Name, "");

    public static ModelFailure Endless(ProviderOptions options, long bytes)
        => new(ModelFailureKind.Unknown, $"The provider's answer did not end within {bytes / (1024 * 1024)} MiB.", options.Name, "");

    private static ModelFailureKind KindOf(int status, ProviderError error)
    {
        if (status is 401)
            return ModelFailureKind.Auth;
        if (status is 402 || error.Says(s_noCredit))
            return ModelFailureKind.Auth;
        if (status is 429)
            return ModelFailureKind.Rate;
        if (status is 413 || error.Says(s_contextTooLong))
            return ModelFailureKind.ContextTooLong;
        if (status is >= 400 and < 500 && error.Says(s_refused))
            return ModelFailureKind.ContentRefused;
        return status switch
        {
            403 => ModelFailureKind.Auth,
            404 => ModelFailureKind.NoModel,
            408 or 504 => ModelFailureKind.Timeout,
            409 => ModelFailureKind.Overloaded,
            >= 500 => ModelFailureKind.Overloaded,
            >= 400 when error.Says(s_noModel) => ModelFailureKind.NoModel,
            >= 300 => ModelFailureKind.BadRequest,
            _ => ModelFailureKind.Unknown,
        };
    }

    private static ModelFailure Failure(ProviderOptions options, ModelFailureKind kind, ProviderError error, int? status, TimeSpan? retryAfter)
    {
        var sentence = kind switch
        {
            ModelFailureKind.Auth when error.Says(s_noCredit) || status is 402 => "The account at the provider has no credit left.",
            ModelFailureKind.Auth => options.ApiKey is null
                ? $"The provider wants a key and none is set; set models.providers.{options.Name}.apiKey."
                : $"The provider refused the key; check models.providers.{options.Name}.apiKey.",
            ModelFailureKind.Rate => "The provider's rate limit is reached.",
            ModelFailureKind.Overloaded => "The provider is overloaded or failing.",
            ModelFailureKind.ContextTooLong => "The conversation is longer than the model's context.",
            ModelFailureKind.ContentRefused => "The provider refused the content.",
            ModelFailureKind.NoModel => $"The provider has no such model, or models.providers.{options.Name}.baseUrl is wrong.",
            ModelFailureKind.Timeout => "The provider ran out of time.",
            _ when status is >= 300 and < 400 => $"The provider redirects; set models.providers.{options.Name}.baseUrl to the final address.",
            _ => "The provider rejected the request.",
        };
        if (kind is ModelFailureKind.BadRequest or ModelFailureKind.Unknown && Detail(options, error) is { Length: > 0 } detail)
            sentence += $" It says: {detail}";
        return new ModelFailure(kind, sentence, options.Name, "", status, retryAfter);
    }

    // Providers quote what they echo, so what stands before the first quote or bracket is their own words.
    // Keys and configured header values are taken out all the same.
    private static string Detail(ProviderOptions options, ProviderError error)
    {
        var text = error.Message ?? "";
        var end = text.AsSpan().IndexOfAny(s_quotes);
        text = (end < 0 ? text : text[..end]).Trim(' ', ':', ',', '(');
        if (text.Length > LongestDetail)
            text = text[..LongestDetail] + "…";
        foreach (var secret in options.Headers.Values.Append(options.ApiKey))
            if (secret is { Length: > 3 })
                text = text.Replace(secret, "…", StringComparison.OrdinalIgnoreCase);
        var named = string.Join(' ', new[] { error.Code, error.Param }.Where(IsPlainName));
        return string.Join(", ", new[] { text, named }.Where(part => part.Length > 0));
    }

    private static bool IsPlainName(string? text)
        => text is { Length: > 0 and <= 64 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '[' or ']');

    private static ProviderError Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
                return new ProviderError(Raw: body);
            var error = root.TryGetProperty("error", out var inner) ? inner : root;
            if (error.ValueKind is JsonValueKind.String)
                return new ProviderError(Message: error.GetString(), Raw: body);
            if (error.ValueKind is not JsonValueKind.Object)
                return new ProviderError(Raw: body);
            var code = Text(error, "code");
            return new ProviderError(Text(error, "message") ?? Text(error, "detail"), Text(error, "type"), code, Text(error, "param"),
                int.TryParse(code, out var status) && status is >= 300 and < 600 ? status : null, body);
        }
        catch (JsonException)
        {
            // Proxies answer in HTML; the status alone has to do.
            return new ProviderError(Raw: body);
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value)
        ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
        : null;

    private sealed record ProviderError(string? Message = null, string? Type = null, string? Code = null, string? Param = null, int? Status = null, string Raw = "")
    {
        // The rest of a readable error may echo the request, and with it any phrase at all.
        private readonly string _words = Message is null && Code is null && Type is null ? Raw : $"{Message} {Code} {Type}";

        public bool Says(string[] phrases) => phrases.Any(phrase => _words.Contains(phrase, StringComparison.OrdinalIgnoreCase));
    }
}
