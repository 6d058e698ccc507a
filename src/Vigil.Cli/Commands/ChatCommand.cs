using System.CommandLine;
using System.Text.Json;
using Vigil.Cli.Chat;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Gateway.Admin;

namespace Vigil.Cli.Commands;

internal static class ChatCommand
{
    public static Command Create()
    {
        var agent = new Option<string?>("--agent", "-a") { Description = "With whom. Default: the default agent.", HelpName = "AGENT" };
        var session = new Option<string?>("--session", "-s") { Description = "Which conversation; without it the agent's main one.", HelpName = "NAME" };
        var model = new Option<string?>("--model") { Description = "For this chat alone; the agent's setting stays.", HelpName = "PROVIDER/MODEL" };
        var message = new Option<string?>("--message", "-m") { Description = "Say this, print the answer and end.", HelpName = "TEXT" };
        var command = new ExampleCommand("chat", "Talk to an agent.", "vigil chat", "vigil chat --agent coder --session plans", "vigil chat -m \"What is due today?\" --json")
        {
            agent, session, model, message,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var running = await GatewayForChat.FindOrStartAsync(parsed, cancellationToken);
            var who = parsed.GetValue(agent) ?? await DefaultAgentAsync(running.Client, cancellationToken);
            if (parsed.GetValue(message) is not { } text)
                return await new ChatLoop(running.Client, who, parsed.GetValue(session), parsed.GetValue(model)).RunAsync(cancellationToken);
            var result = await new ChatClient(running.Client).SendAsync(who, parsed.GetValue(session), parsed.GetValue(model), text, Tell, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(result.Done) : Output.Line(result.Text);
        });
        return command;
    }

    // Beside the answer, which somebody may read from a pipe.
    private static void Tell(string type, JsonElement data)
    {
        if (type == "anew")
            Output.Note(data.GetProperty("why").GetString()!);
    }

    private static async Task<string> DefaultAgentAsync(GatewayClient client, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetAsync<GatewayStatus>("/api/status", cancellationToken)).DefaultAgent;
        }
        catch (FaultException refused) when (refused.Fault.Kind == FaultKind.Forbidden)
        {
            // A key for chats alone may not ask; main is always there.
            return "main";
        }
    }
}
