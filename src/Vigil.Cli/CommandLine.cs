using System.CommandLine;
using System.CommandLine.Help;
using Vigil.Cli.Commands;
using Vigil.Cli.Terminal;
using Vigil.Errors;

namespace Vigil.Cli;

/// <summary>The vigil command: every group of commands in one list, and the one boundary for what goes wrong in any of them.</summary>
internal static class CommandLine
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        var root = Root();
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed is { Errors: [var first, ..], Action: not { ClearsParseErrors: true } })
            return Output.Fail(OneLine(first.Message), $"See: {Path(parsed.CommandResult.Command)} --help", Usage);
        try
        {
            // The gateway has its own graceful stop, with its own bound: nothing here may cut it short.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (FaultException fault)
        {
            return Output.Fail(fault.Fault, parsed.GetValue(Shared.Json));
        }
        catch (OperationCanceledException)
        {
            return Failed;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Output.Fail(problem.Message, null, Failed);
        }
    }

    internal static RootCommand Root()
    {
        var root = new RootCommand("A self-hosted gateway for proactive AI agents.")
        {
            UpCommand.Create(),
            DemoCommand.Create(),
            ChatCommand.Create(),
            StatusCommand.Create(),
            DoctorCommand.Create(),
            AgentCommands.Create(),
            RouteCommands.Create(),
            HeartbeatCommands.Create(),
            WorkCommands.Create(),
            CostCommands.Create(),
            InboxCommands.Create(),
            WhyCommand.Create(),
            SessionCommands.Create(),
            CronCommands.Create(),
            EventsCommand.Create(),
            KeyCommands.Create(),
            SignInCommand.Create(),
            BackupCommands.CreateBackup(),
            BackupCommands.CreateRestore(),
            VersionCommand.Create(),
            CompletionCommand.Create(),
        };
        root.Options.Add(Shared.Home);
        root.Options.Add(Shared.Json);
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    // The library lists allowed words one a line.
    private static string OneLine(string message)
        => message.ReplaceLineEndings("\n").Replace(":\n\t", ": ", StringComparison.Ordinal).Replace("\n\t", ", ", StringComparison.Ordinal).Replace('\n', ' ').Trim().TrimEnd('.') + ".";

    private static string Path(Command command)
        => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "vigil";
}
