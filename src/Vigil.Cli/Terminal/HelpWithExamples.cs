using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Vigil.Cli.Commands;

namespace Vigil.Cli.Terminal;

/// <summary>The usual help, then what one would type.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        var examples = parseResult.CommandResult.Command is ExampleCommand command ? command.Examples : ["vigil up", "vigil status --json", "vigil events --follow"];
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in examples)
            output.WriteLine("  " + example);
        output.WriteLine();
        return result;
    }
}
