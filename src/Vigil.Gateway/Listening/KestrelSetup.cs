using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Vigil.Errors;
using Vigil.Gateway.Requests;
using Vigil.Settings;

namespace Vigil.Gateway.Listening;

/// <summary>Address, TLS and limits of the server, from settings.</summary>
internal static class KestrelSetup
{
    /// <exception cref="FaultException">The address or the certificate cannot be used.</exception>
    public static void Apply(KestrelServerOptions kestrel, GatewaySettings gateway, VigilHome home)
    {
        kestrel.AddServerHeader = false;
        // Headers come in as UTF-8, and the session's is echoed as it came.
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = BodyLimit.Default;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxConcurrentConnections = ConnectionLimit.Current();
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(10));
        var certificate = Certificate(gateway.Tls, home);
        foreach (var address in Addresses(gateway.Bind))
            kestrel.Listen(address, gateway.Port, listen =>
            {
                listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (certificate is not null)
                    listen.UseHttps(certificate);
            });
    }

    private static IPAddress[] Addresses(string bind)
    {
        if (bind.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return [IPAddress.Loopback];
        return bind is "*" or "+"
            ? [IPAddress.Any]
            : IPAddress.TryParse(bind, out var address)
                ? [address]
                : throw new FaultException(new Fault("bad_bind", $"gateway.bind is '{bind}', which is no address.", "Write 127.0.0.1, or 0.0.0.0 for every network.", "gateway.bind"));
    }

    private static X509Certificate2? Certificate(TlsSettings? tls, VigilHome home)
    {
        if (tls is null)
            return null;
        if (tls.Certificate is not { Length: > 0 } certificate || tls.Key is not { Length: > 0 } key)
            throw new FaultException(new Fault("bad_tls", "gateway.tls needs both certificate and key.", "Name two PEM files.", "gateway.tls"));
        try
        {
            return X509Certificate2.CreateFromPemFile(Path.Combine(home.Root, certificate), Path.Combine(home.Root, key));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FaultException(
                new Fault("bad_tls", $"The certificate of gateway.tls cannot be loaded: {problem.Message}", "Name two readable PEM files that belong together.", "gateway.tls"), problem);
        }
    }
}
