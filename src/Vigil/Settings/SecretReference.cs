using System.Text.RegularExpressions;

namespace Vigil.Settings;

/// <summary>A secret as settings name it: <c>env:NAME</c> or <c>file:NAME</c>, never the secret itself.</summary>
public sealed partial record SecretReference
{
    private SecretReference(bool isFile, string name)
    {
        IsFile = isFile;
        Name = name;
    }

    /// <summary>In <c>secrets/</c>; otherwise a variable of the environment.</summary>
    public bool IsFile { get; }

    public string Name { get; }

    /// <summary>It begins like a reference, whether or not the rest is right.</summary>
    public static bool IsReference(string? text)
        => text is not null && (text.StartsWith("env:", StringComparison.Ordinal) || text.StartsWith("file:", StringComparison.Ordinal));

    public static SecretReference? Parse(string? text)
        => text is null || Problem(text) is not null ? null
            : text.StartsWith("file:", StringComparison.Ordinal) ? new SecretReference(true, text[5..]) : new SecretReference(false, text[4..]);

    /// <summary>What is wrong with a text that should be a reference, without quoting it; null when it is one.</summary>
    public static string? Problem(string text)
    {
        if (!IsReference(text))
            return "holds the secret itself or is no reference; put the secret into the environment or into secrets/ and name it";
        if (text.StartsWith("env:", StringComparison.Ordinal))
            return VariableRule().IsMatch(text.AsSpan(4)) ? null : "names no variable after env:";
        var name = text[5..];
        if (FileRule().IsMatch(name))
            return null;
        return OwnerRule().Match(name) is { Success: true } owned
            ? $"names a secret that belongs to agent '{owned.Groups[1].Value}'; file: takes a name without a path and looks in the agent's own secrets first"
            : "names no file in secrets/; file: takes a name without a path";
    }

    /// <summary>Names under which people keep secrets: <c>apiKey</c>, <c>GITHUB_TOKEN</c>, <c>Authorization</c>.</summary>
    public static bool SoundsSecret(string name) => SecretName().IsMatch(name);

    public override string ToString() => (IsFile ? "file:" : "env:") + Name;

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariableRule();

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex FileRule();

    [GeneratedRegex(@"\A([a-z0-9][a-z0-9_-]{0,63})/[A-Za-z0-9._-]+\z")]
    private static partial Regex OwnerRule();

    [GeneratedRegex("(api[-_]?key|access[-_]?key|private[-_]?key|token|secret|passw|authorization|credential|cookie)", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
