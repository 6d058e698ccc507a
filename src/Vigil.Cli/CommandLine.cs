using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
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
        // The build chooses the invariant culture, but DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0, which some images set, overrides it: no number or date may follow the machine's language.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        var root = Root();
        // An '@' at the beginning is part of what was typed: @daily is a schedule, @anna a person. No file is meant by it.
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed is { Errors: [_, ..], Action: not { ClearsParseErrors: true } })
        {
            var (message, hint) = UsageText.Of(parsed);
            return Output.Fail(message, hint, Usage);
        }
        if (UsageText.OfBlank(parsed) is { } blank)
            return Output.Fail(blank.Message, blank.Hint, Usage);
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
}
