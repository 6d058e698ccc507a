namespace Vigil.Settings;

/// <summary>One thing wrong in a settings file: where it is, what stands there and what would be right.</summary>
/// <param name="Key">Dotted path of the key: <c>gateway.heartbeat.every</c>.</param>
/// <param name="BadValue">What stands there; never the value of a secret.</param>
/// <param name="GoodValue">A value that would be accepted.</param>
public sealed record SettingsError(string File, int Line, int Column, string Key, string? BadValue, string? GoodValue, string Problem)
{
    public override string ToString()
    {
        var bad = BadValue is null ? "" : $" (is {BadValue})";
        var good = GoodValue is null ? "" : $" A good value: {GoodValue}.";
        var key = Key.Length == 0 ? "" : $" {Key}:";
        return $"{File}:{Line}:{Column}:{key} {Problem}{bad}.{good}";
    }
}
