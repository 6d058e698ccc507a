using System.Diagnostics.CodeAnalysis;

namespace Vigil.Tools.Files;

/// <summary>A path inside a workspace: relative, with forward slashes, without <c>.</c> and <c>..</c>. The empty path is the workspace itself.</summary>
internal sealed record WorkspacePath
{
    public const int MaxLength = 1024;

    private WorkspacePath(string value) => Value = value;

    public string Value { get; }

    public bool IsRoot => Value.Length == 0;

    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    public WorkspacePath Parent => new(Value.LastIndexOf('/') is var slash and > 0 ? Value[..slash] : "");

    /// <summary>Reads a path that a model wrote. What would leave the workspace, now or on another operating system, is refused with a sentence for the model.</summary>
    public static bool Resolve(string? text, [NotNullWhen(true)] out WorkspacePath? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        problem = Refusal(text);
        if (problem is not null)
            return false;
        var parts = new List<string>();
        foreach (var part in text!.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    problem = $"'{text}' leaves the workspace. Paths are relative to the workspace and stay inside it.";
                    return false;
                }
                parts.RemoveAt(parts.Count - 1);
                continue;
            }
            parts.Add(part);
        }
        // Compared without case: on some file systems Agent.JSON is the same file. A trailing dot or space is dropped by some.
        if (parts.Count == 1 && parts[0].TrimEnd('.', ' ').Equals("agent.json", StringComparison.OrdinalIgnoreCase))
        {
            problem = "agent.json holds the agent's settings; no tool reads or writes it. Ask the person to change it.";
            return false;
        }
        path = new WorkspacePath(string.Join('/', parts));
        return true;
    }

    public WorkspacePath Child(string name) => new(IsRoot ? name : $"{Value}/{name}");

    public override string ToString() => IsRoot ? "." : Value;

    private static string? Refusal(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "The path is empty. Name a file by its path relative to the workspace, for example notes/today.md.";
        if (text.Length > MaxLength)
            return $"The path is longer than {MaxLength} characters.";
        if (text.Any(char.IsControl))
            return "The path holds a control character.";
        if (text.Contains('\\', StringComparison.Ordinal))
            return $"'{text}' holds a backslash. Write paths with forward slashes.";
        var absolute = text[0] is '/' or '~' || (text.Length > 1 && text[1] == ':');
        return absolute ? $"'{text}' is absolute. Paths are relative to the workspace and stay inside it." : null;
    }
}
