using System.Globalization;
using System.Text;
using Vigil.Time;

namespace Vigil.Tools.Shell;

/// <summary>Looks at the agent's own commands in the background, or stops one.</summary>
internal sealed class CommandStatusTool(BackgroundCommands commands, TimeProvider time) : ITool
{
    private const int Shown = 8_000;

    // Made once: the tool itself is made for each run.
    private static readonly ToolDefinition s_definition = new("command_status",
        "Your programs in the background: what runs, the end of one's output so far, or stop one. You are woken when one ends, so there is no need to look again and again.",
        ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "id": { "type": "string", "description": "Which one: cmd_…; without it all are listed" },
            "stop": { "type": "boolean", "description": "Stop it; you are not woken for it any more" }
          },
          "additionalProperties": false
        }
        """))
    {
        Outside = true,
    };

    public ToolDefinition Definition => s_definition;

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var running = await commands.ListAsync(call.Run.Agent, cancellationToken);
        if (call.Text("id") is not { Length: > 0 } id)
            return call.Flag("stop") ? ToolArguments.Missing("id", "the command to stop") : new ToolResult(Listed(running));
        if (running.FirstOrDefault(command => command.Id == id) is not { } command)
            return ToolResult.Error($"No command {id} of yours is running. You are woken for each that ends by itself. {Listed(running)}");
        // Taken before it is stopped and forgotten.
        var output = commands.OutputOf(id);
        if (!call.Flag("stop"))
            return new ToolResult($"{Line(command)}\n{Written(output)}");
        return await commands.StopAsync(command, cancellationToken)
            ? new ToolResult($"Stopped: {command.Line}\n{Written(output)}")
            : new ToolResult($"{id} ended by itself just now; you are woken for it.");
    }

    private static string Written(CappedOutput? output)
    {
        if (output is null)
            return "[another node runs it: its output comes when it has ended]";
        var tail = CommandReports.Tail(output.Text, output.Dropped, Shown);
        return tail.Length == 0 ? "[no output so far]" : tail;
    }

    private string Listed(IReadOnlyList<BackgroundCommand> running)
    {
        if (running.Count == 0)
            return "None is running.";
        var text = new StringBuilder("Running:");
        foreach (var command in running)
            text.Append(CultureInfo.InvariantCulture, $"\n{Line(command)}");
        return text.ToString();
    }

    private string Line(BackgroundCommand command)
        => $"{command.Id}, for {DurationText.Format(TimeSpan.FromSeconds(Math.Floor((time.GetUtcNow() - command.StartedAt).TotalSeconds)))}: {command.Line}";
}
