using System.Diagnostics.CodeAnalysis;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Tools;

/// <summary>The environment of a child process: PATH, HOME and LANG, and what the settings name. Nothing of the gateway's own gets there by itself.</summary>
internal static class ChildEnvironment
{
    public static bool TryMake(
        IReadOnlyDictionary<string, string> named, string? homeDirectory, ISecrets secrets, AgentId agent,
        [NotNullWhen(true)] out IReadOnlyDictionary<string, string>? environment, [NotNullWhen(false)] out string? problem)
    {
        var made = new Dictionary<string, string>(StringComparer.Ordinal);
        Pass("PATH", Environment.GetEnvironmentVariable("PATH"));
        Pass("HOME", homeDirectory ?? Environment.GetEnvironmentVariable("HOME"));
        Pass("LANG", Environment.GetEnvironmentVariable("LANG") ?? "C.UTF-8");
        if (OperatingSystem.IsWindows())
            Pass("SystemRoot", Environment.GetEnvironmentVariable("SystemRoot"));
        environment = null;
        foreach (var (name, value) in named)
        {
            if (!TryValue(value, secrets, agent, out var resolved, out problem))
            {
                problem = $"the environment variable {name}: {problem}";
                return false;
            }
            made[name] = resolved;
        }
        environment = made;
        problem = null;
        return true;

        void Pass(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                made[name] = value;
        }
    }

    /// <summary>A plain value, or what the reference <c>env:NAME</c> or <c>file:NAME</c> stands for.</summary>
    public static bool TryValue(string value, ISecrets secrets, AgentId agent, [NotNullWhen(true)] out string? resolved, [NotNullWhen(false)] out string? problem)
    {
        resolved = value;
        problem = null;
        if (!value.StartsWith("env:", StringComparison.Ordinal) && !value.StartsWith("file:", StringComparison.Ordinal))
            return true;
        var secret = secrets.Resolve(value, agent);
        resolved = secret.Value;
        problem = secret.Found ? null : secret.Problem ?? $"'{value}' has no value";
        return secret.Found;
    }
}
