using System.CommandLine;
using Spectre.Console;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Works;

namespace Vigil.Cli.Commands;

internal static class WorkCommands
{
    public static Command Create() => new ExampleCommand("work", "Works: everything that agents were asked to do on their own.", "vigil work list", "vigil work show wrk_…", "vigil work add main \"Say hello\" --wait 30s")
    {
        List(),
        Show(),
        Add(),
        Act("cancel", "Cancel a work that waits or runs."),
        Act("retry", "Try a failed or cancelled work again, under the same id."),
    };

    private static ExampleCommand List()
    {
        var agent = new Option<string?>("--agent") { Description = "Only this agent's.", HelpName = "AGENT" };
        var source = new Option<string?>("--source") { Description = "heartbeat, cron, task, wake, run, subagent.", HelpName = "SOURCE" };
        var state = new Option<string?>("--state") { Description = "waiting, running, finished.", HelpName = "STATE" };
        var outcome = new Option<string?>("--outcome") { Description = "spoke, answered, silent, skipped, failed, cancelled.", HelpName = "OUTCOME" };
        var reason = new Option<string?>("--reason") { Description = "Only with this reason.", HelpName = "REASON" };
        var limit = new Option<int>("--limit") { Description = "How many at most.", DefaultValueFactory = _ => 30, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "The cursor that the last part ended with.", HelpName = "CURSOR" };
        var command = new ExampleCommand("list", "Works, newest first.", "vigil work list", "vigil work list --outcome failed --json") { agent, source, state, outcome, reason, limit, after };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var query = Query.Of(("agent", parsed.GetValue(agent)), ("source", parsed.GetValue(source)), ("state", parsed.GetValue(state)), ("outcome", parsed.GetValue(outcome)),
                ("reason", parsed.GetValue(reason)), ("limit", parsed.GetValue(limit).ToString(null as IFormatProvider)), ("after", parsed.GetValue(after)));
            var page = await client.GetAsync<Page<WorkView>>($"/api/work{query}", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(page);
            var table = Output.Table("id", "agent", "source", "state", "outcome", "reason", "created", "tokens", "cost");
            foreach (var work in page.Items)
            {
                table.AddRow(Output.Cell(work.Id), Output.Cell(work.Agent), Output.Cell(work.Source), Output.Cell(work.State), Output.Cell(work.Outcome), Output.Cell(work.Reason),
                    Output.Cell(work.CreatedAt), Output.Cell(work.Usage.InputTokens + work.Usage.OutputTokens), Output.Cell(Cost(work)));
            }
            Output.Write(table);
            if (page.Next is { } next)
                Output.Note($"More: add --after {next}");
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Show()
    {
        var id = new Argument<string>("work") { Description = "Its id." };
        var command = new ExampleCommand("show", "One work with its gates, attempts and steps.", "vigil work show wrk_…") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var work = await client.GetAsync<WorkView>($"/api/work/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(work) : Print(work);
        });
        return command;
    }

    private static ExampleCommand Add()
    {
        var agent = new Argument<string>("agent") { Description = "Who shall do it." };
        var prompt = new Argument<string>("prompt") { Description = "What to do." };
        var session = new Option<string?>("--session") { Description = "Continue this conversation; without it the work has one of its own.", HelpName = "SESSION" };
        var model = new Option<string?>("--model") { Description = "For this work alone.", HelpName = "PROVIDER/MODEL" };
        var notify = new Option<string?>("--notify") { Description = "always, gated or silent. Without it the reply is read from the work.", HelpName = "POLICY" };
        var deliver = new Option<string[]>("--deliver") { Description = "inbox, owner, none or a channel target.", AllowMultipleArgumentsPerToken = true, HelpName = "TARGET" };
        var deadline = new Option<string?>("--deadline") { Description = "How long it may take, for example 5m.", HelpName = "DURATION" };
        var key = new Option<string?>("--dedupe-key") { Description = "A second request under this key returns the first work.", HelpName = "KEY" };
        var wait = new Option<string?>("--wait") { Description = "Wait for its end, for example 30s.", HelpName = "DURATION" };
        var command = new ExampleCommand("add", "Ask an agent for a work.", "vigil work add main \"Read plan.md and list what is due\" --wait 60s") { agent, prompt, session, model, notify, deliver, deadline, key, wait };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var body = new Dictionary<string, object?>
            {
                ["agent"] = parsed.GetValue(agent),
                ["prompt"] = parsed.GetValue(prompt),
                ["session"] = parsed.GetValue(session),
                ["model"] = parsed.GetValue(model),
                ["notify"] = parsed.GetValue(notify),
                ["deliver"] = parsed.GetValue(deliver) is { Length: > 0 } targets ? targets : null,
                ["deadline"] = parsed.GetValue(deadline),
                ["dedupeKey"] = parsed.GetValue(key),
            }.Where(pair => pair.Value is not null).ToDictionary();
            var work = await client.PostAsync<WorkView>($"/api/work{Query.Of(("wait", parsed.GetValue(wait)))}", body, cancellationToken);
            var exit = work.Outcome is "failed" or "cancelled" ? CommandLine.Failed : CommandLine.Done;
            if (parsed.GetValue(Shared.Json))
                Output.Json(work);
            else if (work.State == "finished")
                Print(work);
            else
                Output.Line(work.Id);
            return exit;
        });
        return command;
    }

    private static ExampleCommand Act(string verb, string description)
    {
        var id = new Argument<string>("work") { Description = "Its id." };
        var command = new ExampleCommand(verb, description, $"vigil work {verb} wrk_…") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var work = await client.PostAsync<WorkView>($"/api/work/{Uri.EscapeDataString(parsed.GetValue(id)!)}/{verb}", null, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(work) : Output.Line($"{work.Id} is {work.Outcome ?? work.State}.");
        });
        return command;
    }

    private static int Print(WorkView work)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        Row("work", work.Id);
        Row("agent", work.Agent);
        Row("source", work.Source);
        Row("session", work.Session);
        Row("state", work.Outcome is null ? work.State : $"{work.Outcome}{(work.Reason is null ? "" : $" ({work.Reason})")}");
        Row("attempt", work.Attempt);
        Row("created", work.CreatedAt);
        Row("finished", work.FinishedAt);
        Row("model", work.Model.Asked is null ? null : $"asked {work.Model.Asked} ({work.Model.DecidedBy}), used {work.Model.Used ?? "-"}{(work.Model.Mismatch ? "  MISMATCH" : "")}");
        Row("usage", $"{Counted.Of(work.Usage.ModelCalls, "call")}, {work.Usage.InputTokens} in ({work.Usage.CachedInputTokens} cached), {work.Usage.OutputTokens} out, {Cost(work)}, {work.Usage.DurationMs:0} ms");
        foreach (var gate in work.Gates)
            Row("gate", $"{gate.Gate}: {gate.Decision}{(gate.Reason is null ? "" : $" ({gate.Reason})")} {PersonTime.Told(gate.Detail ?? "")}");
        foreach (var attempt in work.Attempts ?? [])
        {
            Row("attempt " + attempt.Attempt.ToString(null as IFormatProvider), $"{attempt.State} on {attempt.Node}");
            foreach (var step in attempt.Steps)
                Row($"  step {step.Number}", $"{step.Kind} {string.Join(", ", step.Calls.Select(call => call.Name))} {Short(step.Text)}".TrimEnd());
        }
        Row("reply", work.Reply);
        Row("error", work.Error);
        Row("said", work.Notifications.Count == 0 ? null : string.Join(", ", work.Notifications));
        Output.Out.Write(grid);
        return CommandLine.Done;

        void Row(string name, object? value)
        {
            if (value is not null)
                grid.AddRow(Output.Cell(name), Output.Cell(value));
        }
    }

    private static string Cost(WorkView work) => work.Usage.CostUsd is { } cost ? $"{cost:0.######} USD" : "unknown price";

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 100 ? line : line[..99] + "…";
    }
}
