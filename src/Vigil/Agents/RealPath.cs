namespace Vigil.Agents;

/// <summary>Where a path leads once all links in it are followed, also those on its way: the runtime follows the last part alone.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>Parts that are not there, or that lead in a circle, stay as they are written.</summary>
    public static string Of(string path)
    {
        var links = 0;
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        var rest = new Stack<string>(Parts(full).Reverse());
        while (rest.TryPop(out var part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }
            var next = Path.Combine(real, part);
            if (links < MostLinks && new DirectoryInfo(next) is { LinkTarget: { } target })
            {
                links++;
                if (Path.IsPathRooted(target))
                    real = Path.GetPathRoot(target)!;
                foreach (var one in Parts(target).Reverse())
                    rest.Push(one);
                continue;
            }
            real = next;
        }
        return real;
    }

    public static bool IsInside(string path, string directory)
        => path == directory || path.StartsWith(Path.EndsInDirectorySeparator(directory) ? directory : directory + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static IEnumerable<string> Parts(string path)
        => path[(Path.GetPathRoot(path)?.Length ?? 0)..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
