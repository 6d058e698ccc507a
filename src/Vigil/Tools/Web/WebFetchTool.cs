using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;

namespace Vigil.Tools.Web;

/// <summary>Reads a page or document from the public internet. GET alone, without cookies or credentials.</summary>
internal sealed class WebFetchTool(GuardedConnections connections, TimeProvider time) : ITool
{
    private const int MostRedirects = 5;
    private const int LargestBody = 2_000_000;
    private const int LongestUrl = 2048;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public ToolDefinition Definition { get; } = new("web_fetch", "Fetch a page or document by its address and read it as text (HTML is made readable).", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "url": { "type": "string", "description": "http or https" },
            "from": { "type": "integer", "minimum": 0, "description": "Skip this many characters of the text, to read on in a long one" }
          },
          "required": ["url"],
          "additionalProperties": false
        }
        """))
    {
        Pure = true,
        Outside = true,
    };

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("url") is not { Length: > 0 } text)
            return ToolArguments.Missing("url", "an address such as https://example.org/page");
        if (Refusal(text, out var address) is { } refused)
            return ToolResult.Error(refused);
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await FetchAsync(address, new AddressRules(call.Run.Profile.Tools.AllowPrivate), Math.Max(0, call.Number("from") ?? 0),
                Math.Max(1000, call.Run.Profile.Turns.ToolOutput - 400), both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ToolResult.Error($"'{text}' did not answer completely within {Limit.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException failure)
        {
            return ToolResult.Error(Why(failure, text));
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return ToolResult.Error(failure is AddressRefusedException ? failure.Message : $"'{text}' broke off while it was read.");
        }
    }

    private async Task<ToolResult> FetchAsync(Uri address, AddressRules rules, int from, int cap, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
            request.Headers.TryAddWithoutValidation("User-Agent", "Vigil/1 (web_fetch)");
            request.Headers.TryAddWithoutValidation("Accept", "text/html, application/json, text/*;q=0.9, */*;q=0.1");
            GuardedConnections.Apply(request, rules);
            using var response = await connections.Invoker.SendAsync(request, cancellationToken);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
                return await ReadAsync(address, response, from, cap, cancellationToken);
            if (redirects == MostRedirects)
                return ToolResult.Error($"More than {MostRedirects} redirects; the last one led to '{Shown(address)}'.");
            if (Refusal(new Uri(address, location).ToString(), out var next) is { } refused)
                return ToolResult.Error($"'{Shown(address)}' redirects, but not to where web_fetch goes: {refused}");
            address = next;
        }
    }

    private static async Task<ToolResult> ReadAsync(Uri address, HttpResponseMessage response, int from, int cap, CancellationToken cancellationToken)
    {
        var type = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() ?? "text/plain";
        var kind = Kind(type);
        if (kind == BodyKind.Other)
            return ToolResult.Error($"'{Shown(address)}' is {type}, which cannot be read as text (status {(int)response.StatusCode}).");
        var (body, whole) = await BodyAsync(response.Content, cancellationToken);
        var decoded = TextEncoding.Decode(body, response.Content.Headers.ContentType?.CharSet, kind == BodyKind.Html);
        var text = kind == BodyKind.Html ? HtmlText.Read(decoded) : decoded;
        var shown = from < text.Length ? text.AsSpan(from, Math.Min(cap, text.Length - from)).ToString() : "";
        var page = new StringBuilder($"{Shown(address)} (status {(int)response.StatusCode}, {type})\n\n").Append(shown.Length > 0 ? shown : "[no text here]");
        if (from + shown.Length < text.Length)
            page.Append($"\n[goes on; read from {from + shown.Length}]");
        if (!whole)
            page.Append($"\n[only the first {LargestBody} bytes were fetched]");
        return new ToolResult(page.ToString()) { IsError = !response.IsSuccessStatusCode };
    }

    private static async Task<(byte[] Body, bool Whole)> BodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        // The stream is unpacked already, so the cap holds for what a small compressed answer grows into.
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[32 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            var room = LargestBody - (int)body.Length;
            body.Write(buffer, 0, Math.Min(count, room));
            if (count > room)
                return (body.ToArray(), false);
        }
        return (body.ToArray(), true);
    }

    private static string? Refusal(string text, out Uri address)
    {
        address = null!;
        if (text.Length > LongestUrl)
            return $"The address is longer than {LongestUrl} characters.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https") || parsed.Host.Length == 0)
            return $"'{text}' is no http or https address.";
        if (parsed.UserInfo.Length > 0)
            return "The address holds a user name or password; web_fetch sends no credentials.";
        address = parsed;
        return null;
    }

    private static BodyKind Kind(string type)
        => type is "text/html" or "application/xhtml+xml" ? BodyKind.Html
            : type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("+json", StringComparison.Ordinal) || type.EndsWith("+xml", StringComparison.Ordinal)
              || type is "application/json" or "application/xml" or "application/javascript" or "application/x-ndjson" or "application/yaml" or "application/toml" ? BodyKind.Text
            : BodyKind.Other;

    private static string Why(HttpRequestException failure, string address)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is AddressRefusedException)
                return cause.Message;
            if (cause is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData })
                return $"'{address}': there is no such host.";
        }
        return $"'{address}' could not be fetched ({failure.HttpRequestError}).";
    }

    private static string Shown(Uri address) => address.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped);

    private enum BodyKind
    {
        Html,
        Text,
        Other,
    }
}
