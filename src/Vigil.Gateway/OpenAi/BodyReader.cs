using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Requests;

namespace Vigil.Gateway.OpenAi;

/// <summary>A body of <c>/v1</c> as it came: read once, kept for its hash.</summary>
internal sealed record Body(Field Root, string Hash)
{
    /// <exception cref="FaultException">The body is no JSON object.</exception>
    public static async Task<Body> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var raw = new MemoryStream();
        await request.Body.CopyToAsync(raw, cancellationToken);
        var bytes = BodyText.Checked(raw.GetBuffer().AsMemory(0, (int)raw.Length));
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            root = document.RootElement.Clone();
        }
        catch (JsonException problem)
        {
            throw new FaultException(new Fault("bad_json", "The body is no JSON.", "Send one JSON object."), problem);
        }
        return root.ValueKind is JsonValueKind.Object
            ? new Body(new Field(root, ""), Convert.ToHexStringLower(SHA256.HashData(bytes.Span)))
            : throw new FaultException(new Fault("bad_json", "The body is no JSON object.", "Send one JSON object."));
    }
}
