using System.CommandLine;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Auth;

namespace Vigil.Cli.Commands;

internal static class SignInCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand("signin", "Print a link that opens the dashboard, once, within ten minutes.", "vigil signin");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var link = await client.PostAsync<SignInLink>("/api/signin-links", null, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(link) : Output.Line(link.Url);
        });
        return command;
    }
}
