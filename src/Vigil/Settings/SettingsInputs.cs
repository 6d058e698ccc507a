using System.Collections;
using System.Collections.Frozen;

namespace Vigil.Settings;

/// <summary>Everything that settings are read from: the home, <c>--set key=value</c> and the environment as it was at the start.</summary>
public sealed record SettingsInputs(VigilHome Home)
{
    /// <summary>Each <c>key=value</c>, the key dotted.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>Variables named <c>VIGIL__…</c> are settings; others are read only where an <c>env:</c> reference names them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = FrozenDictionary<string, string>.Empty;

    public static SettingsInputs OfProcess(VigilHome home, params IReadOnlyList<string> set) => new(home)
    {
        Set = set,
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToFrozenDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? ""),
    };
}
