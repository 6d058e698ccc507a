using Microsoft.AspNetCore.Http;
using Vigil.Errors;

namespace Vigil.Gateway.Requests;

/// <summary>The headers that choose agent, conversation and model. Absent ones are null; a malformed one is refused by name, never taken for absent.</summary>
public sealed record VigilHeaders
{
    public const string SessionIdName = "X-Vigil-Session-Id";
    public const string ChatIdName = "X-Vigil-Chat-Id";
    public const string UserIdName = "X-Vigil-User-Id";
    public const string ThreadIdName = "X-Vigil-Thread-Id";
    public const string ModelName = "X-Vigil-Model";
    public const string IdempotencyKeyName = "Idempotency-Key";

    public const int MaxLength = 256;

    public string? SessionId { get; init; }

    public string? ChatId { get; init; }

    public string? UserId { get; init; }

    public string? ThreadId { get; init; }

    public string? Model { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <exception cref="FaultException">A header holds a control character, is blank or too long, or came twice with different values.</exception>
    public static VigilHeaders Read(HttpRequest request) => new()
    {
        SessionId = One(request, SessionIdName),
        ChatId = One(request, ChatIdName),
        UserId = One(request, UserIdName),
        ThreadId = One(request, ThreadIdName),
        Model = One(request, ModelName),
        IdempotencyKey = Key(request),
    };

    private static string? One(HttpRequest request, string name)
    {
        if (!request.Headers.TryGetValue(name, out var values) || values.Count == 0)
            return null;
        string? found = null;
        foreach (var value in values)
        {
            // Only spaces and tabs are padding; trimming more would hide the control characters that are refused below.
            var text = (value ?? "").Trim(' ', '\t');
            if (text.Length == 0 || text.All(char.IsWhiteSpace) && !text.Any(char.IsControl))
                throw Bad(name, "is empty", "Leave it out, or give it a value.");
            if (text.Any(char.IsControl))
                throw Bad(name, "holds a control character", "Send printable characters only.");
            if (text.Length > MaxLength)
                throw Bad(name, $"has {text.Length} characters", $"Send at most {MaxLength}.");
            if (found is not null && found != text)
                throw Bad(name, "came twice with different values", "Send it once.");
            found = text;
        }
        return found;
    }

    private static string? Key(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(IdempotencyKeyName, out var values) || values.Count == 0)
            return null;
        if (values.Count > 1 && values.Distinct().Count() > 1)
            throw Bad(IdempotencyKeyName, "came twice with different values", "Send it once.");
        var text = (values[0] ?? "").Trim(' ', '\t');
        return text.Length is >= 1 and <= 255 && text.All(c => c is > ' ' and <= '~')
            ? text
            : throw Bad(IdempotencyKeyName, text.Length == 0 ? "is empty" : text.Length > 255 ? "is too long" : "holds other than visible ASCII", "Send 1 to 255 visible ASCII characters.");
    }

    private static FaultException Bad(string name, string problem, string hint) => new(new Fault("bad_header", $"The header {name} {problem}.", hint, name));
}
