using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Vigil.Models.Http;

/// <summary>
/// Sits under every provider's SDK: adds the configured headers, watches for silence, and turns refusals and broken connections
/// into <see cref="ModelFailureException"/> before an SDK wraps them in types of its own.
/// </summary>
internal sealed class ProviderHandler(ProviderOptions options, HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    private const int LongestErrorBody = 64 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in options.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var silence = new CancellationTokenSource(options.FirstByteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, either.Token);
            if (!response.IsSuccessStatusCode)
                throw new ModelFailureException(await RefusalAsync(response, either.Token));
            var answer = response;
            Watch(answer, await answer.Content.ReadAsStreamAsync(either.Token));
            response = null;
            return answer;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested && silence.IsCancellationRequested)
        {
            throw new ModelFailureException(FailureReader.Timeout(options, options.FirstByteTimeout, begun: false), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ModelFailureException(FailureReader.Network(options, Sentence(e)), e);
        }
        finally
        {
            response?.Dispose();
        }
    }

    private void Watch(HttpResponseMessage response, Stream body)
    {
        var watched = new StreamContent(new WatchedStream(body, options, time));
        foreach (var (name, values) in response.Content.Headers)
            watched.Headers.TryAddWithoutValidation(name, values);
        response.Content = watched;
    }

    private async Task<ModelFailure> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[LongestErrorBody];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return FailureReader.FromStatus(options, (int)response.StatusCode, Encoding.UTF8.GetString(bytes, 0, length), RetryAfter(response.Headers));
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        if (headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 0 and < 1e12)
            return TimeSpan.FromMilliseconds(milliseconds);
        if (headers.RetryAfter?.Delta is { } delta)
            return delta;
        if (headers.RetryAfter?.Date is { } date)
            return date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero;
        return null;
    }

    private string Sentence(Exception e) => e switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"The provider's host is unknown; check models.providers.{options.Name}.baseUrl.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "No connection to the provider.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "No secure connection to the provider: its certificate was not accepted.",
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => "The proxy did not let the request to the provider through.",
        _ => "The connection to the provider broke.",
    };
}
