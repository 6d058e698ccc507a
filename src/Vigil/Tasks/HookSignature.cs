using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Tasks;

/// <summary>Checks that a post comes from whoever holds the hook's secret: HMAC-SHA256 over the raw body, compared in constant time.</summary>
public static class HookSignature
{
    public const string Vigil = "vigil";
    public const string GitHub = "github";
    public const string Stripe = "stripe";

    public const string TimestampHeader = "X-Vigil-Timestamp";
    public const string SignatureHeader = "X-Vigil-Signature";

    /// <summary>How far a timestamp may be off, either way.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <param name="header">A header's value by name; null when it is absent or came more than once.</param>
    /// <returns>Null when the post is genuine and fresh, else what is wrong with it.</returns>
    public static string? Check(string kind, string secret, ReadOnlySpan<byte> body, Func<string, string?> header, DateTimeOffset now)
    {
        var key = Encoding.UTF8.GetBytes(secret);
        switch (kind)
        {
            case GitHub:
                const string GitHubHeader = "X-Hub-Signature-256";
                return header(GitHubHeader) is not { } signed ? $"The header {GitHubHeader} is missing."
                    : signed.StartsWith("sha256=", StringComparison.Ordinal) && Matches(key, body, signed["sha256=".Length..]) ? null
                    : $"The signature in {GitHubHeader} does not match the body.";
            case Stripe:
                const string StripeHeader = "Stripe-Signature";
                if (header(StripeHeader) is not { } list)
                    return $"The header {StripeHeader} is missing.";
                var pairs = list.Split(',', StringSplitOptions.TrimEntries).Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2).ToList();
                return CheckTimed(key, body, pairs.FirstOrDefault(pair => pair[0] == "t")?[1], pairs.Where(pair => pair[0] == "v1").Select(pair => pair[1]), now, StripeHeader);
            default:
                if (header(TimestampHeader) is not { } time)
                    return $"The header {TimestampHeader} is missing.";
                if (header(SignatureHeader) is not { } signatures)
                    return $"The header {SignatureHeader} is missing.";
                var ours = signatures.Split(',', StringSplitOptions.TrimEntries).Where(one => one.StartsWith("v1=", StringComparison.Ordinal)).Select(one => one["v1=".Length..]);
                return CheckTimed(key, body, time, ours, now, SignatureHeader);
        }
    }

    /// <summary>The value of <see cref="SignatureHeader"/> for a post.</summary>
    public static string Sign(string secret, long unixSeconds, ReadOnlySpan<byte> body)
        => "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Timed(unixSeconds.ToString(CultureInfo.InvariantCulture), body)));

    private static string? CheckTimed(byte[] key, ReadOnlySpan<byte> body, string? timestamp, IEnumerable<string> signatures, DateTimeOffset now, string header)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return "The timestamp is not in unix seconds.";
        var signed = Timed(timestamp, body);
        // All are looked at, so that the time taken does not tell which one was near.
        var genuine = false;
        foreach (var signature in signatures)
            genuine |= Matches(key, signed, signature);
        if (!genuine)
            return $"No signature in {header} matches the timestamp and the body.";
        return Math.Abs((decimal)now.ToUnixTimeSeconds() - seconds) <= (decimal)Window.TotalSeconds ? null : "The timestamp is more than five minutes off.";
    }

    private static bool Matches(byte[] key, ReadOnlySpan<byte> signed, string hex)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed, expected);
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return hex.Length == given.Length * 2
               && Convert.FromHexString(hex, given, out _, out _) == System.Buffers.OperationStatus.Done
               && CryptographicOperations.FixedTimeEquals(expected, given);
    }

    private static byte[] Timed(string timestamp, ReadOnlySpan<byte> body) => [.. Encoding.UTF8.GetBytes(timestamp), (byte)'.', .. body];
}
