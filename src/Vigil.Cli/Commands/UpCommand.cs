using System.CommandLine;
using Vigil.Cli.Terminal;
using Vigil.Cli.Up;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Cli.Commands;

internal static class UpCommand
{
    public static Command Create()
    {
        var port = new Option<int?>("--port") { Description = "Listen here; 0 takes a free one. Default: gateway.port, 7070.", HelpName = "PORT" };
        var bind = new Option<string?>("--bind") { Description = "Listen on this address. Default: gateway.bind, 127.0.0.1.", HelpName = "ADDRESS" };
        var set = new Option<string[]>("--set") { Description = "Set one key for this run, for example gateway.heartbeat.every=1h.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true };
        var log = new Option<string>("--log") { Description = "plain or json.", DefaultValueFactory = _ => "plain", HelpName = "FORM" };
        log.AcceptOnlyFromAmong("plain", "json");
        var quiet = new Option<bool>("--quiet") { Description = "Print nothing but warnings and errors." };
        var untilInputEnds = new Option<bool>("--until-input-ends") { Description = "Stop when standard input is closed.", Hidden = true };
        var command = new ExampleCommand("up", "Start the gateway.", "vigil up", "vigil up --port 8080 --log json", "vigil up --set gateway.heartbeat.every=1h")
        {
            port, bind, set, log, quiet, untilInputEnds,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var inputs = SettingsInputs.OfProcess(Shared.HomeOf(parsed), Settings(parsed.GetValue(set), parsed.GetValue(port), parsed.GetValue(bind)));
            try
            {
                var clock = TestClock.FromText(Environment.GetEnvironmentVariable(TestClock.Variable));
                var gateway = new GatewayRun(inputs, clock, parsed.GetValue(log) == "json", parsed.GetValue(quiet));
                return await gateway.RunAsync(parsed.GetValue(untilInputEnds), cancellationToken);
            }
            catch (FaultException refused)
            {
                // Whatever kept it from starting, it is not the command line that is wrong.
                Output.Fail(refused.Fault, parsed.GetValue(Shared.Json));
                return CommandLine.Failed;
            }
        });
        return command;
    }

    private static List<string> Settings(string[]? set, int? port, string? bind)
    {
        List<string> settings = [.. set ?? []];
        if (port is not null)
            settings.Add($"gateway.port={port}");
        if (bind is not null)
            settings.Add($"gateway.bind={bind}");
        return settings;
    }
}
