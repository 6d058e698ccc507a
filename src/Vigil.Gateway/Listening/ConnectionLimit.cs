using System.Globalization;

namespace Vigil.Gateway.Listening;

/// <summary>How many connections are kept open at once: never so many that the process has no descriptor left for its database, its tools and its models. It would not survive that.</summary>
internal static class ConnectionLimit
{
    private const int Most = 10_000;
    private const string OfThisProcess = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    public static int Current()
    {
        try
        {
            return Of(File.ReadAllText(OfThisProcess));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Other systems than Linux do not say it here, and allow the usual number.
            return Most;
        }
    }

    /// <summary>A quarter of the open files that the text of <c>/proc/self/limits</c> allows. In a rush of connections many are open for a moment before they are refused.</summary>
    internal static int Of(string limits)
    {
        var line = limits.Split('\n').FirstOrDefault(line => line.StartsWith(OpenFiles, StringComparison.Ordinal));
        var words = line?[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? (int)Math.Clamp(files / 4, 1, Most) : Most;
    }
}
