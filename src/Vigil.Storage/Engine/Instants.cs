namespace Vigil.Storage.Engine;

/// <summary>Instants are kept as unix milliseconds.</summary>
internal static class Instants
{
    public static long Ms(this DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    public static long? Ms(this DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    public static DateTimeOffset At(this long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? At(this long? milliseconds) => milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
