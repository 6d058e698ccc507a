using System.Text.Json;

namespace Vigil.Gateway;

/// <summary>Enumerations as words of the wire: lower case, with dashes.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum
        => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    public static T? Parse<T>(string? text)
        where T : struct, Enum
        => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => Of(value!.Value) == text);

    public static string All<T>()
        where T : struct, Enum
        => string.Join(", ", Enum.GetValues<T>().Select(Of));
}
