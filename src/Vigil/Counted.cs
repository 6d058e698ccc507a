using System.Globalization;

namespace Vigil;

/// <summary>Numbers of things in sentences: <c>1 reply</c>, <c>1,204 replies</c>.</summary>
public static class Counted
{
    /// <param name="one">The word for one of them.</param>
    /// <param name="many">The word for several; null puts an s behind <paramref name="one"/>.</param>
    public static string Of(long count, string one, string? many = null)
        => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}
