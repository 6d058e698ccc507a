using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Cost;
using Vigil.Ledger;

namespace Vigil.Cli.Commands;

internal static class CostCommands
{
    private const int BarWidth = 24;

    public static Command Create()
    {
        var by = new Option<string>("--by") { Description = "agent, source, model or day.", DefaultValueFactory = _ => "day", HelpName = "WHAT" };
        var from = new Option<string?>("--from") { Description = "First day; without it the last 30.", HelpName = "YYYY-MM-DD" };
        var to = new Option<string?>("--to") { Description = "Last day; without it today.", HelpName = "YYYY-MM-DD" };
        var agent = new Option<string?>("--agent") { Description = "Only this agent's.", HelpName = "AGENT" };
        var command = new ExampleCommand("cost", "What was spent, and what beats saved.", "vigil cost", "vigil cost --by model --from 2026-03-01 --json") { by, from, to, agent };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var query = Query.Of(("by", parsed.GetValue(by)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)), ("agent", parsed.GetValue(agent)));
            var view = await client.GetAsync<CostView>($"/api/ledger{query}", cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(view) : Print(view);
        });
        return command;
    }

    private static int Print(CostView view)
    {
        var most = view.Items.Count == 0 ? 0 : view.Items.Max(row => row.CostUsd);
        var table = Output.Table(view.By, "usd", "", "calls", "in", "cached", "out");
        foreach (var row in view.Items)
            Add(row, Bar(row.CostUsd, most));
        Add(view.Total, "");
        Output.Write(table);
        if (view.UnknownCalls > 0)
            Output.Note($"{Counted.Of(view.UnknownCalls, "call of a model", "calls of models")} without a known price {(view.UnknownCalls == 1 ? "is" : "are")} in no sum; set models.prices in vigil.json.");
        var saved = view.Savings;
        Output.Line($"Beats and wakes cost {Usd(saved.BeatsUsd)}; on the agents' own models {Usd(saved.OnPrimaryUsd)} (saved by tiering: {Usd(saved.TieringUsd)}).");
        Output.Line($"{Counted.Of(saved.SkippedBeats, "beat was", "beats were")} skipped before any model was asked (saved by skipping: {Usd(saved.SkippingUsd)}). Savings are estimates, computed from recorded prompt sizes.");
        return CommandLine.Done;

        void Add(SpendRow row, string bar) => table.AddRow(Output.Cell(row.Group), Output.Cell(Usd(row.CostUsd) + (row.UnknownCalls > 0 ? " + unknown" : "")), Output.Cell(bar), Output.Cell(row.Calls),
            Output.Cell(row.InputTokens), Output.Cell(row.CachedInputTokens), Output.Cell(row.OutputTokens));
    }

    private static string Bar(decimal value, decimal most) => most == 0 ? "" : new string('█', (int)Math.Ceiling(value / most * BarWidth));

    private static string Usd(decimal value) => value.ToString(value is > 0 and < 0.01m ? "0.000000" : "0.0000", CultureInfo.InvariantCulture) + " USD";
}
