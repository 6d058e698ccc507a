using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools;

namespace Vigil.Heartbeat.Probes;

/// <summary>
/// <c>{ "kind": "http", "url": "https://…", "pointer": "/unread", "headers": { "authorization": "env:TOKEN" } }</c>: a page or document, by the value at a JSON pointer, else by
/// its body. What the server calls unmodified is not fetched again. The address is the owner's own setting, so also private ones are asked.
/// </summary>
internal sealed class HttpProbe(ISecrets secrets) : IProbe, IDisposable
{
    private const int LargestBody = 1_000_000;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), AutomaticDecompression = DecompressionMethods.All })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public string Kind => "http";

    public void Dispose() => _http.Dispose();

    public string? Check(AgentProfile profile, JsonObject settings)
    {
        if (!Uri.TryCreate(settings.Text("url"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return "'url' is no address; a good value is https://example.org/feed.json";
        return settings.Text("pointer") is { } pointer && pointer[0] != '/' ? $"'pointer' is '{pointer}'; a JSON pointer begins with a slash: /unread" : null;
    }

    public async Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        if (Check(request.Profile, request.Settings) is { } problem)
            throw new ProbeException(problem);
        using var asked = new HttpRequestMessage(HttpMethod.Get, request.Settings.Text("url"));
        AddHeaders(asked, request);
        // What an earlier address or pointer left behind says nothing about this one.
        var of = Hashes.Of($"{request.Settings.Text("url")} {request.Settings.Text("pointer")}");
        var memo = Memo.Parse(request.Memo) is { } left && left.Of == of ? left : null;
        if (memo?.ETag is { } etag)
            asked.Headers.IfNoneMatch.TryParseAdd(etag);
        else if (memo?.Modified is { } modified)
            asked.Headers.IfModifiedSince = modified;
        try
        {
            using var answer = await _http.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.NotModified && memo is not null)
                return new ProbeReading(memo.Fingerprint, "Not modified.", request.Memo);
            if (!answer.IsSuccessStatusCode)
                throw new ProbeException($"the server answered with status {(int)answer.StatusCode}");
            var seen = Seen(await BodyAsync(answer, cancellationToken), request.Settings.Text("pointer"));
            var fingerprint = Hashes.Of(seen);
            return new ProbeReading(fingerprint, seen, new Memo(fingerprint, answer.Headers.ETag?.ToString(), answer.Content.Headers.LastModified, of).ToString());
        }
        catch (HttpRequestException failed)
        {
            throw new ProbeException($"the server cannot be reached: {failed.HttpRequestError}", failed);
        }
    }

    private void AddHeaders(HttpRequestMessage asked, ProbeRequest request)
    {
        asked.Headers.UserAgent.Add(new ProductInfoHeaderValue("Vigil", "1.0"));
        if (request.Settings["headers"] is not JsonObject headers)
            return;
        foreach (var (name, value) in headers)
        {
            if (!ChildEnvironment.TryValue(value?.ToString() ?? "", secrets, request.Profile.Id, out var text, out var problem))
                throw new ProbeException($"the header {name}: {problem}");
            asked.Headers.TryAddWithoutValidation(name, text);
        }
    }

    private static async Task<string> BodyAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[LargestBody + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= LargestBody ? Encoding.UTF8.GetString(bytes, 0, length) : throw new ProbeException($"the answer has more than {LargestBody} bytes");
    }

    private static string Seen(string body, string? pointer)
    {
        if (pointer is null)
            return body;
        try
        {
            using var document = JsonDocument.Parse(body);
            return At(document.RootElement, pointer)?.GetRawText() ?? throw new ProbeException($"there is nothing at {pointer}");
        }
        catch (JsonException failed)
        {
            throw new ProbeException("the answer is no JSON", failed);
        }
    }

    private static JsonElement? At(JsonElement element, string pointer)
    {
        foreach (var part in pointer.Split('/').Skip(1))
        {
            var key = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var child))
                element = child;
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(key, out var index) && index >= 0 && index < element.GetArrayLength())
                element = element[index];
            else
                return null;
        }
        return element;
    }

    /// <param name="Of">Of which address and pointer.</param>
    private sealed record Memo(string Fingerprint, string? ETag, DateTimeOffset? Modified, string? Of)
    {
        public static Memo? Parse(string? json) => BeatState.Parse<Memo>(json);

        public override string ToString() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
    }
}
