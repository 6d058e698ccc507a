using System.Security.Cryptography;

namespace Vigil.Scheduling;

internal static class NodeId
{
    /// <summary>Machine, process and four random bytes: a pid that comes again is still another node.</summary>
    public static string New()
    {
        var machine = new string([.. Environment.MachineName.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.').Take(40)]);
        return $"{machine}-{Environment.ProcessId}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
    }
}
