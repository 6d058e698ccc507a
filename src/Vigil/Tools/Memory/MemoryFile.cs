using System.Diagnostics.CodeAnalysis;
using Vigil.Tools.Files;

namespace Vigil.Tools.Memory;

/// <summary>The files of an agent's memory: Markdown below <c>memory/</c>.</summary>
internal static class MemoryFile
{
    public const string Rule = "a name such as people or projects/vigil.md; it is a Markdown file in memory/";

    public static WorkspacePath Folder { get; } = WorkspacePath.Resolve("memory", out var path, out _) ? path : throw new InvalidOperationException("The folder's name is legal.");

    public static bool Resolve(string? name, [NotNullWhen(true)] out WorkspacePath? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        if (!WorkspacePath.Resolve(name, out var given, out problem))
            return false;
        var below = given.Value.StartsWith("memory/", StringComparison.Ordinal) ? given.Value["memory/".Length..] : given.Value;
        if (below.Length == 0 || Path.GetExtension(below) is not ("" or ".md"))
        {
            problem = $"'{name}' is no memory file: give {Rule}.";
            return false;
        }
        path = Folder.Child(below.EndsWith(".md", StringComparison.Ordinal) ? below : below + ".md");
        return true;
    }
}
