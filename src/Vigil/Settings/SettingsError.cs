namespace Vigil.Settings;

/// <summary>One thing wrong in a settings file: where it is, what stands there and what would be right.</summary>
/// <param name="File">The file, or <c>environment</c> or <c>command line</c>; those have no line and column (0).</param>
/// <param name="Key">Dotted path of the key: <c>gateway.heartbeat.every</c>.</param>
/// <param name="BadValue">What stands there; never the value of a secret.</param>
/// <param name="GoodValue">A value that would be accepted.</param>
/// <param name="Problem">What is wrong, as a clause without a full stop.</param>
public sealed record SettingsError(string File, int Line, int Column, string Key, string? BadValue, string? GoodValue, string Problem)
{
    public override string ToString()
    {
        var place = Line > 0 ? $"{File}:{Line}:{Column}" : File;
        var key = Key.Length == 0 ? "" : $" {Key}:";
        var values = (BadValue, GoodValue) switch
        {
            (null, null) => "",
            ({ } bad, null) => $" It is {bad}.",
            (null, { } good) => $" A good value is {good}.",
            ({ } bad, { } good) => $" It is {bad}; a good value is {good}.",
        };
        return $"{place}:{key} {Problem}.{values}";
    }
}
