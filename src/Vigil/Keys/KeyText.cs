using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Keys;

/// <summary>The texts of keys and tokens: a prefix and 52 random characters of 5 bits each. They are random enough that a plain SHA-256 of them cannot be reversed.</summary>
public static class KeyText
{
    public const string KeyPrefix = "vgl_";

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    private const int RandomLength = 52;
    private const int ShownLength = 6;

    public static string NewKey() => New(KeyPrefix);

    public static string New(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, RandomLength);

    public static bool IsKey(string text)
        => text.Length == KeyPrefix.Length + RandomLength
           && text.StartsWith(KeyPrefix, StringComparison.Ordinal)
           && !text.AsSpan(KeyPrefix.Length).ContainsAnyExcept(Letters);

    /// <summary>What listings show of a key.</summary>
    public static string Shown(string key) => key[..(KeyPrefix.Length + ShownLength)];

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
