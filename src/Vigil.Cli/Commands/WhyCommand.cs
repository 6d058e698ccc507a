using System.CommandLine;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Works;

namespace Vigil.Cli.Commands;

internal static class WhyCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "A work (wrk_…), a notification (ntf_…) or a chat turn (run_…)." };
        var command = new ExampleCommand("why", "Why a work, a notification or a chat turn came out as it did, in plain words.", "vigil why wrk_…", "vigil why ntf_… --json", "vigil why run_…") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var why = await client.GetAsync<WhyView>($"/api/why/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(why);
            foreach (var line in why.Lines)
                Output.Line($"{(line.At is { } at ? PersonTime.Of(at) : "")}  {Output.Plain(PersonTime.Told(line.Text))}");
            return CommandLine.Done;
        });
        return command;
    }
}
