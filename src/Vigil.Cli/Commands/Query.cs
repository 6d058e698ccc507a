namespace Vigil.Cli.Commands;

/// <summary>The query of an address, from the options that were given.</summary>
internal static class Query
{
    public static string Of(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var given = new List<string>();
        foreach (var (name, value) in parts)
        {
            if (value is not null)
                given.Add($"{name}={Uri.EscapeDataString(value)}");
        }
        return given.Count == 0 ? "" : "?" + string.Join('&', given);
    }
}
