namespace Vigil.Tools.Mcp;

/// <summary>The last lines of a server's standard error, with the secrets that it was given blotted out.</summary>
internal sealed class ErrorTail
{
    private const int Lines = 20;
    private const int LongestLine = 500;
    private const int ShortestSecret = 4;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private IReadOnlyList<string> _secrets = [];

    public IReadOnlyList<string> Shown
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public void Hide(IEnumerable<string> secrets)
    {
        lock (_lock)
            _secrets = [.. secrets.Where(secret => secret.Length >= ShortestSecret).OrderByDescending(secret => secret.Length)];
    }

    public string Clean(string text)
    {
        lock (_lock)
            return _secrets.Aggregate(text, (cleaned, secret) => cleaned.Replace(secret, "(secret)", StringComparison.Ordinal));
    }

    public void Add(string line)
    {
        var cleaned = Clean(line);
        lock (_lock)
        {
            _lines.Enqueue(cleaned.Length <= LongestLine ? cleaned : cleaned[..LongestLine]);
            if (_lines.Count > Lines)
                _lines.Dequeue();
        }
    }
}
