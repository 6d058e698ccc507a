using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Requests;
using Vigil.Settings;

namespace Vigil.Gateway.Hooks;

/// <summary>What <c>POST /hooks/task</c> takes.</summary>
internal sealed record TaskBody
{
    public string? Prompt { get; init; }

    public string? Agent { get; init; }

    public string? Session { get; init; }

    /// <summary>One target or a list of them.</summary>
    public JsonNode? Deliver { get; init; }

    public NotifyPolicy? Notify { get; init; }

    public string? DedupeKey { get; init; }

    /// <summary>Kept with the work for the sender's own use.</summary>
    public JsonObject? Metadata { get; init; }
}

/// <summary>Reads the raw bytes of a post: a signature is over exactly what came.</summary>
internal static class HookBody
{
    /// <exception cref="FaultException">Larger than hooks take.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > BodyLimit.Hooks)
            throw new FaultException(FaultStatus.TooLarge);
        using var whole = new MemoryStream();
        var part = new byte[16 * 1024];
        while (await request.Body.ReadAsync(part, cancellationToken) is > 0 and var read)
        {
            if (whole.Length + read > BodyLimit.Hooks)
                throw new FaultException(FaultStatus.TooLarge);
            whole.Write(part, 0, read);
        }
        return whole.ToArray();
    }

    /// <exception cref="FaultException">No JSON.</exception>
    public static JsonElement Json(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(BodyText.Mended(body), new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.Clone();
        }
        catch (JsonException problem)
        {
            var where = problem.LineNumber is { } line ? $"line {line + 1}, byte {problem.BytePositionInLine + 1}" : "it is empty or cut off";
            throw new FaultException(new Fault("bad_json", $"The body is no JSON: {where}.", "Send Content-Type: application/json and a JSON body."), problem);
        }
    }
}
