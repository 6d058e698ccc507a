namespace Vigil.Storage.Rows;

/// <summary>Enums stand in rows as the lower-case words that the API and the CLI show.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum
        => Names<T>.Of[value];

    public static T Parse<T>(string word)
        where T : struct, Enum
        => Names<T>.From[word];

    public static IReadOnlyList<string>? All<T>(IReadOnlyCollection<T>? values)
        where T : struct, Enum
        => values is null ? null : [.. values.Select(Of)];

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Of = Enum.GetValues<T>().ToDictionary(value => value, value => value.ToString().ToLowerInvariant());
        public static readonly Dictionary<string, T> From = Of.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}
