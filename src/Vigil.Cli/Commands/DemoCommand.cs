using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Cli.Demo;
using Vigil.Cli.Terminal;
using Vigil.Cli.Up;
using Vigil.Errors;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Cli.Commands;

internal static class DemoCommand
{
    private const double Speed = 60;

    // As long as anybody watches a demo: on its clock a day of the world is two months.
    private static readonly TimeSpan s_linkLife = TimeSpan.FromDays(90);

    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Listen here on 127.0.0.1; 0 takes a free one.", HelpName = "PORT", DefaultValueFactory = _ => 0 };
        var speed = new Option<double>("--speed") { Description = "How many times the speed of the world.", HelpName = "FACTOR", DefaultValueFactory = _ => Speed, Hidden = true };
        var command = new ExampleCommand("demo", "Look around without a model: three agents live through a day, with a scripted model and a test clock, in a home that is gone afterwards.", "vigil demo", "vigil demo --port 8080") { port, speed };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var home = new DemoHome();
            var clock = new TestClock(DemoDay.Midnight, parsed.GetValue(speed));
            var start = new DemoStart();
            // Nothing of the environment counts: a demo neither finds a key nor spends anything.
            var gateway = new GatewayRun(new SettingsInputs(home.Home) { Set = [$"gateway.port={parsed.GetValue(port)}", "gateway.bind=127.0.0.1"] }, clock, jsonLog: false, quiet: true)
            {
                Extra = services => services.AddSingleton(home.Home).AddSingleton(clock).AddSingleton(start).AddHostedService<DemoDay>(),
                Greet = (services, address, key, token) => GreetAsync(services, home.Home, address, key, start, token),
            };
            try
            {
                var code = await gateway.RunAsync(untilInputEnds: false, cancellationToken);
                Output.Line($"The demo's home {home.Home.Root} is deleted.");
                return code;
            }
            catch (FaultException refused)
            {
                Output.Fail(refused.Fault, parsed.GetValue(Shared.Json));
                return CommandLine.Failed;
            }
        });
        return command;
    }

    private static async Task GreetAsync(IServiceProvider services, VigilHome home, string address, ApiKey key, DemoStart start, CancellationToken cancellationToken)
    {
        var token = await services.GetRequiredService<ISignInStore>().IssueAsync(key.Id, s_linkLife, cancellationToken);
        Output.Line("The demo: a scripted model that plays lines from a file, at invented prices, and a test clock at sixty times its speed. Nothing here is real, and nothing is spent.");
        Output.Line($"Vigil listens on {address}");
        Output.Line($"  In another terminal: VIGIL_HOME={home.Root} vigil inbox list (or why, cost, events --follow). The home is deleted at the end; stop with Ctrl-C.");
        Output.Line($"  Sign in (once): {address}/signin?token={token}");
        start.Begin();
    }
}
