using System.Collections.Frozen;

namespace Vigil.Settings;

/// <summary>Knows the secrets that were handed out and takes them out of texts that people or logs will see.</summary>
public sealed class Redaction
{
    public const string Mark = "[secret]";

    /// <summary>Shorter texts stand in too many harmless places.</summary>
    private const int Shortest = 6;

    private readonly Lock _lock = new();
    private FrozenSet<string> _known = [];
    private string[] _longestFirst = [];

    public void Add(string secret)
    {
        if (secret.Length < Shortest || _known.Contains(secret))
            return;
        lock (_lock)
        {
            _known = _known.Append(secret).ToFrozenSet(StringComparer.Ordinal);
            // A secret that holds another one goes as a whole.
            _longestFirst = [.. _known.OrderByDescending(known => known.Length)];
        }
    }

    /// <summary>The text without any known secret.</summary>
    public string Scrub(string text)
    {
        foreach (var secret in _longestFirst)
            text = text.Replace(secret, Mark, StringComparison.Ordinal);
        return text;
    }
}
