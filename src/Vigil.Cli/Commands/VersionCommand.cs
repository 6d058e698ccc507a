using System.CommandLine;
using System.Runtime.InteropServices;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Admin;

namespace Vigil.Cli.Commands;

internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand("version", "Which Vigil this is.", "vigil version --json");
        command.SetAction(parsed => parsed.GetValue(Shared.Json)
            ? Output.Json(new { version = GatewayVersion.Text, runtime = RuntimeInformation.FrameworkDescription, system = RuntimeInformation.RuntimeIdentifier })
            : Output.Line($"Vigil {GatewayVersion.Text} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})"));
        return command;
    }
}
