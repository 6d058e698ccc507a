namespace Vigil.Models;

/// <summary>All that a provider's client needs, secrets resolved. Two equal values share one client, so an agent with its own key has its own client.</summary>
/// <param name="Name">What stands before the slash in a model's name.</param>
/// <param name="Kind">openai, anthropic, scripted, or the kind of an extension.</param>
public sealed record ProviderOptions(string Name, string Kind)
{
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(120);

    /// <summary>Null means the kind's own public address.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>Null sends no key at all; nothing is ever taken from the environment instead.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Sent with each request; values may be secret.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The replies of a scripted model.</summary>
    public string? ScriptFile { get; init; }

    /// <summary>From the request to the first byte of the answer's body.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = DefaultTimeout;

    /// <summary>Between two bytes of the answer's body.</summary>
    public TimeSpan IdleTimeout { get; init; } = DefaultTimeout;

    public bool Equals(ProviderOptions? other)
        => other is not null && Name == other.Name && Kind == other.Kind && BaseUrl == other.BaseUrl && ApiKey == other.ApiKey && ScriptFile == other.ScriptFile
           && FirstByteTimeout == other.FirstByteTimeout && IdleTimeout == other.IdleTimeout && Headers.Count == other.Headers.Count
           && Headers.All(header => other.Headers.TryGetValue(header.Key, out var value) && value == header.Value);

    public override int GetHashCode() => HashCode.Combine(Name, Kind, BaseUrl, ApiKey, ScriptFile, FirstByteTimeout, IdleTimeout, Headers.Count);

    /// <summary>Without key, headers and address: each may hold a secret.</summary>
    public override string ToString() => $"{Name} ({Kind})";
}
