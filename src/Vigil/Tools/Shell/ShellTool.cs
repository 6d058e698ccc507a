using System.ComponentModel;
using System.Text;
using System.Text.Json;
using Vigil.Settings;
using Vigil.Tools.Files;

namespace Vigil.Tools.Shell;

/// <summary>
/// Starts one of the programs that the settings list. There is no shell: no pipes, no expansion, no second command in an argument.
/// The program sees the workspace as its home and of the environment only what the settings name.
/// </summary>
/// <param name="background">Who looks after programs that outlive the run; without it none may.</param>
internal sealed class ShellTool(VigilHome home, ISecrets secrets, TimeProvider time, ShellSettings settings, BackgroundCommands? background = null) : ITool
{
    private const int LongestLine = 200;

    private const string Background = """
        ,
            "background": { "type": "boolean", "description": "Do not wait: you get an id at once and are woken when the program has ended" }
        """;

    private static readonly TimeSpan s_longestInBackground = TimeSpan.FromDays(7);

    public ToolDefinition Definition { get; } = new("shell",
        $"Run a program in your workspace: {string.Join(", ", settings.Allow.Order(StringComparer.Ordinal))}. No shell syntax: each argument is passed as it is.", Schema(background is not null))
    {
        Outside = true,
    };

    private static JsonElement Schema(bool background) => ToolArguments.Schema($$"""
        {
          "type": "object",
          "properties": {
            "program": { "type": "string", "description": "One of the programs named above" },
            "args": { "type": "array", "items": { "type": "string" }, "description": "Arguments, one each" },
            "folder": { "type": "string", "description": "Where to run it, relative to the workspace" },
            "input": { "type": "string", "description": "What it reads from standard input" }{{(background ? Background : "")}}
          },
          "required": ["program"],
          "additionalProperties": false
        }
        """);

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Text("program") is not { Length: > 0 } program)
            return ToolArguments.Missing("program", $"one of {string.Join(", ", settings.Allow)}");
        if (settings.Mode != ShellMode.AllowList || !settings.Allow.Contains(program, StringComparer.Ordinal))
            return ToolResult.Error($"'{program}' may not be run here. Allowed: {(settings.Allow.Count == 0 ? "nothing" : string.Join(", ", settings.Allow))}.");
        if (program.AsSpan().IndexOfAny('/', '\\') >= 0 || Find(program) is not { } file)
            return ToolResult.Error($"'{program}' is allowed, but there is no such program on this machine's PATH.");
        var arguments = call.Texts("args") ?? [];
        if (arguments.Any(argument => argument.Contains('\0', StringComparison.Ordinal)))
            return ToolResult.Error("'args' holds a NUL character.");
        if (!WorkspacePath.Resolve(call.Text("folder") is { Length: > 0 } folder ? folder : ".", out var path, out var problem))
            return ToolResult.Error(problem);
        var workspace = Workspace.Of(home, call.Run.Agent);
        if (workspace.Ensure() is { } gone)
            return ToolResult.Error(gone);
        var opened = workspace.OpenDirectory(path);
        if (opened.Value is null)
            return ToolResult.Error(opened.Problem!);
        using var directory = opened.Value;
        if (!ChildEnvironment.TryMake(settings.Environment, workspace.Root, secrets, call.Run.Agent, out var environment, out problem))
            return ToolResult.Error($"'{program}' was not run: {problem}");
        var run = new ProgramRun
        {
            File = file,
            Arguments = arguments,
            WorkingDirectory = directory.Path,
            Environment = environment,
            Input = call.Text("input"),
            Limit = settings.Timeout,
        };
        try
        {
            if (call.Flag("background"))
                return await InBackgroundAsync(call, program, run, cancellationToken);
            return Shown(await run.RunAsync(time, cancellationToken));
        }
        catch (Win32Exception failure)
        {
            return ToolResult.Error($"'{program}' could not be started (error {failure.NativeErrorCode}).");
        }
    }

    private async Task<ToolResult> InBackgroundAsync(ToolCall call, string program, ProgramRun run, CancellationToken cancellationToken)
    {
        if (background is null)
            return ToolResult.Error("Nothing may be started in the background here; start it without 'background'.");
        var limit = settings.Background.Timeout < s_longestInBackground ? settings.Background.Timeout : s_longestInBackground;
        var line = string.Join(' ', run.Arguments.Prepend(program)).ReplaceLineEndings(" ");
        line = line.Length <= LongestLine ? line : $"{line.AsSpan(0, LongestLine)}…";
        return await background.StartAsync(call.Run, line, run with { Limit = limit }, settings.Background.Most, cancellationToken);
    }

    private ToolResult Shown(ProgramEnd end)
    {
        var text = new StringBuilder(end.Output.TrimEnd());
        if (end.DroppedCharacters > 0)
            text.Append($"\n[cut: {end.DroppedCharacters} more characters of output]");
        if (text.Length > 0)
            text.Append('\n');
        text.Append(end.ExitCode is { } code ? $"[exit code {code}]" : $"[stopped: it ran longer than {settings.Timeout.TotalSeconds:0.###} s]");
        return new ToolResult(text.ToString()) { IsError = end.ExitCode != 0 };
    }

    // Found here and not by the operating system, which on some looks into the working directory first: the agent writes there.
    private static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .SelectMany(folder => OperatingSystem.IsWindows() ? new[] { Path.Combine(folder, program + ".exe"), Path.Combine(folder, program) } : [Path.Combine(folder, program)])
            .FirstOrDefault(File.Exists);
}
