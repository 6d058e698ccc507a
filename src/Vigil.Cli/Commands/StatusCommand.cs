using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Admin;
using Vigil.Nodes;

namespace Vigil.Cli.Commands;

internal static class StatusCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand("status", "How the gateway is.", "vigil status", "vigil status --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var status = await client.GetAsync<GatewayStatus>("/api/status", cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(status) : Show(status, client.Address);
        });
        return command;
    }

    private static int Show(GatewayStatus status, Uri address)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        void Row(string name, string value) => grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
        Row("gateway", $"Vigil {status.Version} at {address.ToString().TrimEnd('/')}");
        Row("up since", $"{Instant(status.StartedAt)} ({Span(status.Now - status.StartedAt)}){(status.TestClock ? ", test clock" : "")}");
        Row("home", status.Home);
        Row("model", status.Model ?? "none; vigil doctor says what to do");
        Row("store", $"{status.Store.Engine}, {status.Store.Bytes / 1024.0 / 1024:0.0} MiB at {status.Store.Place}");
        Row("agents", status.Agents.ToString(CultureInfo.InvariantCulture));
        Row("events", status.Events.Newest == 0 ? "none yet" : $"{status.Events.Oldest} to {status.Events.Newest}");
        Row("works", $"{status.Nodes.Sum(node => node.Running)} running, {status.Works.Waiting} waiting, {status.Works.Due} of them due");
        Row("pulse", status.Problem ?? (status.LastPulse is { } pulse ? Instant(pulse) : "on another node"));
        Row("memory", $"{status.MemoryBytes / 1024.0 / 1024:0} MiB");
        Output.Out.Write(grid);
        Output.Line("");
        var nodes = Output.Table("node", "host", "version", "running", "up", "last sign of life");
        foreach (var node in status.Nodes)
            nodes.AddRow(Output.Cell(node.Id), Output.Cell(node.Host), Output.Cell(node.Version), Output.Cell($"{node.Running} of {node.Slots}"), Output.Cell(node.Dead ? "-" : Span(status.Now - node.StartedAt)), Output.Cell(Sign(node)));
        Output.Write(nodes);
        foreach (var error in status.SettingsErrors)
            Output.Note(error);
        return CommandLine.Done;
    }

    private static string Sign(NodeState node) => node switch
    {
        { Self: true } => "now (it answers)",
        { Dead: true } => $"{Span(TimeSpan.FromSeconds(node.SilentSeconds))} ago, dead",
        _ => $"{node.SilentSeconds}s ago",
    };

    private static string Instant(DateTimeOffset at) => PersonTime.Of(at);

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => $"{(int)span.TotalDays}d {span.Hours}h",
        { TotalHours: >= 1 } => $"{span.Hours}h {span.Minutes}m",
        { TotalMinutes: >= 1 } => $"{span.Minutes}m {span.Seconds}s",
        _ => $"{span.Seconds}s",
    };
}
