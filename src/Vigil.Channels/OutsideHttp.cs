using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vigil.Notify;
using Vigil.Tools.Web;

namespace Vigil.Channels;

/// <summary>Sends to addresses that settings name. Private addresses are refused unless the channel says <c>"allowPrivate": true</c>; redirects are not followed.</summary>
internal sealed class OutsideHttp(TimeProvider time) : IDisposable
{
    private const int ReceiptCap = 200;

    private static readonly TimeSpan s_receiptLimit = TimeSpan.FromSeconds(2);

    private readonly HttpClient _open = Client(_ => true);
    private readonly HttpClient _guarded = Client(AddressRules.IsPublic);

    public static string? CheckUrl(JsonObject settings)
        => settings["url"] is JsonValue value && value.TryGetValue<string>(out var url) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? null
            : "\"url\" must be an http or https address, for example \"https://example.org/hook\".";

    public static bool AllowsPrivate(JsonObject settings) => settings["allowPrivate"]?.GetValue<bool>() ?? false;

    public async Task<SendResult> SendAsync(HttpRequestMessage request, bool allowPrivate, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await (allowPrivate ? _open : _guarded).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await AnswerAsync(response, cancellationToken);
        }
        catch (HttpRequestException failed) when (failed.InnerException is PrivateAddressException refused)
        {
            return new SendResult.Refused(refused.Message);
        }
        catch (HttpRequestException failed) when (failed.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return new SendResult.Failed($"Could not connect ({failed.HttpRequestError}).");
        }
        catch (HttpRequestException failed)
        {
            return new SendResult.Unanswered($"The connection broke before an answer ({failed.HttpRequestError}).");
        }
    }

    public void Dispose()
    {
        _open.Dispose();
        _guarded.Dispose();
    }

    private async Task<SendResult> AnswerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return new SendResult.Delivered($"{status} {await WordsAsync(response, cancellationToken)}".Trim());
        if (status is 408 or 425 or 429 or >= 500)
            return new SendResult.Failed($"The receiver answered {status}.", RetryAfter(response));
        return new SendResult.Refused($"The receiver answered {status}.");
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
        => response.Headers.RetryAfter is not { } header ? null
            : (header.Delta ?? header.Date - time.GetUtcNow()) is { } wait && wait > TimeSpan.Zero ? wait : null;

    // The status is the receipt; a receiver that breaks off or hangs in the words after it has taken the message all the same.
    private async Task<string> WordsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_receiptLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var buffer = new byte[ReceiptCap];
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            var length = await body.ReadAtLeastAsync(buffer, ReceiptCap, throwOnEndOfStream: false, either.Token);
            return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            return "";
        }
    }

    private static HttpClient Client(Func<IPAddress, bool> allowed) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = async (context, cancellationToken) =>
        {
            // The address that was checked is the address that is connected to.
            var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
            var good = addresses.Where(allowed).ToArray();
            if (good.Length == 0)
                throw new PrivateAddressException($"{context.DnsEndPoint.Host} is a private address; set \"allowPrivate\": true on the channel if it is meant.");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(good, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private sealed class PrivateAddressException(string message) : IOException(message);
}
