namespace Vigil.Models.Http;

/// <summary>The connections of all clients: one pool, whatever the number of agents and keys.</summary>
internal sealed class ProviderSockets(TimeProvider time) : IDisposable
{
    private readonly SocketsHttpHandler _sockets = new()
    {
        // A redirect could carry headers with keys to another host.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        EnableMultipleHttp2Connections = true,
        // After the last event only a few bytes are outstanding and the connection can be used again;
        // an answer that is abandoned earlier must be cut off, so that the provider stops working on it.
        MaxResponseDrainSize = 4096,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
    };

    public HttpClient Client(ProviderOptions options)
        => new(new ProviderHandler(options, _sockets, time), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _sockets.Dispose();
}
