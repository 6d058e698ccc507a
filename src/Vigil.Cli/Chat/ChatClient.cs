using System.Net.ServerSentEvents;
using System.Text.Json;
using Vigil.Cli.Client;
using Vigil.Errors;

namespace Vigil.Cli.Chat;

/// <summary>How one turn came out.</summary>
internal sealed record ChatResult(string Text, JsonElement Done);

/// <summary>Sends one message and reads the stream of its answer.</summary>
internal sealed class ChatClient(GatewayClient gateway)
{
    /// <exception cref="FaultException">The turn failed, or the connection broke before it was over.</exception>
    public async Task<ChatResult> SendAsync(string agent, string? session, string? model, string message, Action<string, JsonElement> onEvent, CancellationToken cancellationToken)
    {
        var body = new Dictionary<string, string?> { ["agent"] = agent, ["session"] = session, ["model"] = model, ["message"] = message }
            .Where(pair => pair.Value is not null).ToDictionary();
        using var response = await gateway.OpenAsync(HttpMethod.Post, "/api/chat", "text/event-stream", body, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data.Length == 0)
                continue;
            var data = JsonDocument.Parse(item.Data).RootElement;
            switch (item.EventType)
            {
                case "done":
                    return new ChatResult(data.GetProperty("text").GetString() ?? "", data);
                case "error":
                    var error = data.GetProperty("error");
                    throw new FaultException(new Fault(error.GetProperty("code").GetString()!, error.GetProperty("message").GetString()!,
                        error.TryGetProperty("hint", out var hint) ? hint.GetString() : null) { Kind = FaultKind.Provider });
                default:
                    onEvent(item.EventType, data);
                    break;
            }
        }
        throw new FaultException(new Fault("connection_lost", "The connection ended before the answer was complete.", "Ask again; the gateway's log says what happened.") { Kind = FaultKind.Unavailable });
    }
}
