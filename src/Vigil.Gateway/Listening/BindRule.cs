using System.Net;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Gateway.Listening;

/// <summary>On any address but loopback the gateway wants a key that somebody made for it, and TLS or a proxy that has it.</summary>
public static class BindRule
{
    /// <param name="hasOwnKey">A usable key besides the one that the first start made.</param>
    /// <returns>What to set before the gateway may start, or null.</returns>
    public static Fault? Check(GatewaySettings gateway, bool hasOwnKey)
    {
        if (IsLoopback(gateway.Bind))
            return null;
        if (!hasOwnKey)
            return new Fault(
                "bind_needs_key", $"Listening on {gateway.Bind} needs a key of its own, and there is none.",
                "Start on 127.0.0.1, make one with 'vigil key add NAME', then set gateway.bind again.", "gateway.bind");
        if (gateway.Tls is null && !gateway.BehindProxy)
            return new Fault(
                "bind_needs_tls", $"Listening on {gateway.Bind} would send keys in the clear.",
                "Set gateway.tls.certificate and gateway.tls.key, or gateway.behindProxy to true when a proxy in front terminates TLS.", "gateway.tls");
        return null;
    }

    public static bool IsLoopback(string bind)
        => bind.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(bind, out var address) && IPAddress.IsLoopback(address));
}
