using System.Net;
using System.Net.Http;
using System.Net.Sockets;

namespace Vigil.Tools.Web;

/// <summary>An address that the rules do not let through.</summary>
internal sealed class AddressRefusedException(string host)
    : IOException($"'{host}' leads to a private or reserved address, which web_fetch does not reach. The person can allow it in the settings: tools.allowPrivate.");

/// <summary>
/// Connections that check where they go. The name is resolved once for each connection, every answer is checked, and the very address that was checked is
/// connected to: a name that changes its answer afterwards gains nothing. Connections are never shared, because the rules differ from agent to agent.
/// </summary>
internal sealed class GuardedConnections(IHostResolver resolver) : IDisposable
{
    private static readonly HttpRequestOptionsKey<AddressRules> RulesKey = new("vigil.address-rules");

    private SocketsHttpHandler? _handler;

    public HttpMessageInvoker Invoker => field ??= new HttpMessageInvoker(_handler ??= Handler(), disposeHandler: true);

    public static void Apply(HttpRequestMessage request, AddressRules rules) => request.Options.Set(RulesKey, rules);

    public void Dispose() => _handler?.Dispose();

    private SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        Credentials = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        AutomaticDecompression = DecompressionMethods.All,
        MaxResponseHeadersLength = 64,
        ConnectCallback = ConnectAsync,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        if (!context.InitialRequestMessage.Options.TryGetValue(RulesKey, out var rules))
            throw new InvalidOperationException("A guarded request carries its rules.");
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await resolver.ResolveAsync(target.Host, cancellationToken);
        if (addresses.Count == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        // One bad answer condemns the name: public names have no private addresses unless somebody is trying something.
        if (!addresses.All(address => rules.Allows(target.Host, address)))
            throw new AddressRefusedException(target.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync([.. addresses], target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
