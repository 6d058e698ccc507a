using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Settings;

namespace Vigil.Cli.Client;

/// <summary>Talks to the running gateway: the one of the home, or the one that VIGIL_URL names.</summary>
internal sealed class GatewayClient : IDisposable
{
    public static Fault NotRunning { get; } = new("not_running", "The gateway is not running.", "Start it with: vigil up") { Kind = FaultKind.Unavailable };

    private readonly HttpClient _http;
    private readonly bool _named;

    private GatewayClient(Uri address, string? key, bool named)
    {
        _named = named;
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), UseCookies = false, AllowAutoRedirect = false };
        // The home, which only its owner may write, vouches for the address; the certificate is made out to another name than loopback.
        if (!named && address is { IsLoopback: true, Scheme: "https" })
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Uri Address => _http.BaseAddress!;

    /// <exception cref="FaultException">No gateway is known, or its key cannot be read.</exception>
    public static GatewayClient For(VigilHome home)
    {
        var named = Environment.GetEnvironmentVariable("VIGIL_URL");
        if (!string.IsNullOrWhiteSpace(named))
            return Uri.TryCreate(named, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                ? new GatewayClient(url, KeyOf(home), named: true)
                : throw new FaultException(new Fault("bad_url", $"VIGIL_URL is '{named}', which is no address.", "Write for example http://127.0.0.1:7070."));
        return RuntimeFile.Read(home) is { } running
            ? new GatewayClient(new Uri(running.Address), KeyOf(home), named: false)
            : throw new FaultException(NotRunning);
    }

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(With(HttpMethod.Post, path, body), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task<T> PatchAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(With(HttpMethod.Patch, path, body), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancellationToken);
    }

    public async Task<T> DeleteAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>An answer that is read as it comes: a stream or a large body. An error answer is thrown here.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string accept, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd(accept);
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>The same for a request with a body.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string accept, object body, CancellationToken cancellationToken)
    {
        var request = With(method, path, body);
        request.Headers.Accept.ParseAdd(accept);
        return await SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage With(HttpMethod method, string path, object? body)
        => new(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: JsonSerializerOptions.Web) };

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException problem)
        {
            throw new FaultException(Unreachable(problem), problem);
        }
        if (response.Headers.TryGetValues(Gateway.Requests.PersonZone.Header, out var zones))
            PersonTime.UseZone(zones.First());
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw new FaultException(await FaultOfAsync(response, cancellationToken));
    }

    private Fault Unreachable(HttpRequestException problem)
    {
        if (!_named && problem.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            return NotRunning;
        return new Fault("no_gateway", $"No gateway answers at {Address}: {problem.Message}", "Check VIGIL_URL, and that the gateway runs there.") { Kind = FaultKind.Unavailable };
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Output.JsonOptions, cancellationToken) ?? throw new JsonException();
        }
        catch (JsonException problem)
        {
            throw new FaultException(new Fault("no_gateway", $"What answers at {response.RequestMessage?.RequestUri} is no Vigil gateway, or one of another version.") { Kind = FaultKind.Unavailable }, problem);
        }
    }

    private static async Task<Fault> FaultOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var kind = response.StatusCode switch
        {
            HttpStatusCode.BadRequest => FaultKind.Invalid,
            HttpStatusCode.Unauthorized => FaultKind.Unauthenticated,
            HttpStatusCode.Forbidden => FaultKind.Forbidden,
            HttpStatusCode.NotFound => FaultKind.NotFound,
            HttpStatusCode.Conflict => FaultKind.Conflict,
            _ => FaultKind.Unavailable,
        };
        if (kind == FaultKind.Unauthenticated)
            return new Fault("unauthenticated", "The gateway refuses this key.", "Set VIGIL_KEY, or run as the user whose home it is.") { Kind = kind };
        try
        {
            if (await response.Content.ReadFromJsonAsync<ErrorBody>(JsonSerializerOptions.Web, cancellationToken) is { Error: { Code: not null } error })
                return new Fault(error.Code, error.Message, error.Hint) { Kind = kind };
        }
        catch (JsonException)
        {
            // Something between us and the gateway answered; the status says all that is known.
        }
        return new Fault("http_error", $"The gateway answered with status {(int)response.StatusCode}.") { Kind = kind };
    }

    private static string? KeyOf(VigilHome home)
    {
        if (Environment.GetEnvironmentVariable("VIGIL_KEY") is { Length: > 0 } key)
            return key.Trim();
        try
        {
            return File.ReadAllText(home.GatewayKeyFile).Trim();
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            // The gateway will say that it needs one.
            return null;
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new FaultException(new Fault("key_unreadable", $"{home.GatewayKeyFile} cannot be read.", "Run as the user whose home it is, or set VIGIL_KEY.") { Kind = FaultKind.Forbidden }, problem);
        }
    }
}
