using System.Net;
using System.Net.Sockets;

namespace Vigil.Tools.Web;

/// <summary>Which addresses a model may have fetched: only those of the public internet, and what the settings let through.</summary>
public sealed class AddressRules
{
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    private readonly List<string> _hosts = [];
    private readonly List<IPNetwork> _ranges = [];

    /// <param name="allowPrivate">Host names (globs) and addresses or ranges that are let through.</param>
    public AddressRules(IEnumerable<string> allowPrivate)
    {
        foreach (var entry in allowPrivate)
        {
            if (IPNetwork.TryParse(entry, out var range))
                _ranges.Add(range);
            else if (IPAddress.TryParse(entry.Trim('[', ']'), out var address))
                _ranges.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            else
                _hosts.Add(entry);
        }
    }

    public bool Allows(string host, IPAddress address)
        => IsPublic(address)
           || _hosts.Any(allowed => Glob.Matches(allowed, host, ignoreCase: true))
           || _ranges.Any(range => range.Contains(address) || (address.IsIPv4MappedToIPv6 && range.Contains(address.MapToIPv4())));

    public static bool IsPublic(IPAddress address)
    {
        if (Closed.Any(range => range.Contains(address)))
            return false;
        // An IPv6 address that only wraps an IPv4 one leads where that one leads.
        return Wrapped(address) is not { } inner || IsPublic(inner);
    }

    private static IPAddress? Wrapped(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return null;
        var bytes = address.GetAddressBytes();
        ReadOnlySpan<byte> nat64 = [0x00, 0x64, 0xff, 0x9b];
        if (address.IsIPv4MappedToIPv6 || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 || bytes.AsSpan().StartsWith(nat64))
            return new IPAddress(bytes.AsSpan(12));
        return bytes[0] == 0x20 && bytes[1] == 0x02 ? new IPAddress(bytes.AsSpan(2, 4)) : null;
    }
}
