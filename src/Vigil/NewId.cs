using System.Security.Cryptography;

namespace Vigil;

/// <summary>Ids that sort by the time they were made: a prefix, 9 characters of milliseconds, 11 of randomness, all Crockford base 32.</summary>
public static class NewId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string Work(TimeProvider time) => Make("wrk_", time);

    public static string Run(TimeProvider time) => Make("run_", time);

    public static string Notification(TimeProvider time) => Make("ntf_", time);

    public static string Delivery(TimeProvider time) => Make("dlv_", time);

    public static string Make(string prefix, TimeProvider time)
    {
        Span<char> text = stackalloc char[20];
        var milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 8; i >= 0; i--, milliseconds >>= 5)
            text[i] = Alphabet[(int)(milliseconds & 31)];
        Span<byte> random = stackalloc byte[11];
        RandomNumberGenerator.Fill(random);
        for (var i = 0; i < random.Length; i++)
            text[9 + i] = Alphabet[random[i] & 31];
        return string.Concat(prefix, text);
    }
}
