using System.CommandLine;
using Spectre.Console;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Heartbeat;
using Vigil.Gateway.Works;
using Vigil.Heartbeat;

namespace Vigil.Cli.Commands;

internal static class HeartbeatCommands
{
    public static Command Create() => new ExampleCommand("heartbeat", "When agents wake by themselves, what they look at, and what came of it.",
        "vigil heartbeat status", "vigil heartbeat plan main", "vigil heartbeat pause main --until 15:00")
    {
        Status(),
        Run(),
        Pause(),
        Resume(),
        State(),
        Plan(),
    };

    private static ExampleCommand Status()
    {
        var agent = new Argument<string?>("agent") { Description = "One agent; without it all.", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int>("--limit") { Description = "How many agents at most.", DefaultValueFactory = _ => 500, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "The agent that the last part ended with.", HelpName = "AGENT" };
        var command = new ExampleCommand("status", "How heartbeats stand: last and next slot, outcome, pause.", "vigil heartbeat status", "vigil heartbeat status main --json") { agent, limit, after };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            if (parsed.GetValue(agent) is { } one)
            {
                var status = await client.GetAsync<BeatStatus>(PathOf(one), cancellationToken);
                return parsed.GetValue(Shared.Json) ? Output.Json(status) : Print([status]);
            }
            var query = Query.Of(("limit", parsed.GetValue(limit).ToString(null as IFormatProvider)), ("after", parsed.GetValue(after)));
            var page = await client.GetAsync<Page<BeatStatus>>($"/api/heartbeats{query}", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(page);
            Print(page.Items);
            if (page.Next is { } next)
                Output.Note($"More: add --after {next}");
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Run()
    {
        var agent = AgentArgument();
        var happened = new Option<string?>("--event") { Description = "A reason of its own: something that the agent shall look at.", HelpName = "TEXT" };
        var urgent = new Option<bool>("--urgent") { Description = "Look at the event also outside the active hours." };
        var wait = new Option<string>("--wait") { Description = "How long to wait for the end.", DefaultValueFactory = _ => "60s", HelpName = "DURATION" };
        var command = new ExampleCommand("run", "A beat now, through the gates of a slot; the next slot stays where it is.", "vigil heartbeat run main", "vigil heartbeat run main --event \"The backup failed\" --urgent")
        {
            agent, happened, urgent, wait,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var body = new RunBody(parsed.GetValue(happened), parsed.GetValue(urgent));
            var work = await client.PostAsync<WorkView>($"{PathOf(parsed.GetValue(agent)!)}/run{Query.Of(("wait", parsed.GetValue(wait)))}", body, cancellationToken);
            if (parsed.GetValue(Shared.Json))
                Output.Json(work);
            else
                Output.Line($"{work.Id} {work.Outcome ?? work.State}{(work.Reason is null ? "" : $" ({work.Reason})")}{(work.State == "waiting" ? $", due {PersonTime.Of(work.DueAt)}" : "")}{(work.Error is null ? "" : $": {work.Error}")}");
            return work.Outcome == "failed" ? CommandLine.Failed : CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Pause()
    {
        var agent = AgentArgument();
        var until = new Option<string?>("--until") { Description = "15:00, 3pm, 2h or an instant; without it until resumed.", HelpName = "WHEN" };
        var command = new ExampleCommand("pause", "No beats for a while. Settings stay as they are.", "vigil heartbeat pause main", "vigil heartbeat pause main --until 15:00") { agent, until };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var view = await client.PostAsync<PauseView>($"{PathOf(parsed.GetValue(agent)!)}/pause", new PauseBody(parsed.GetValue(until)), cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(view) : Output.Line(view.Until is { } end ? $"Paused until {PersonTime.Of(end, view.Timezone)} ({view.Timezone})." : "Paused until it is resumed.");
        });
        return command;
    }

    private static ExampleCommand Resume()
    {
        var agent = AgentArgument();
        var command = new ExampleCommand("resume", "Ends a pause; the next beat is the next slot.", "vigil heartbeat resume main") { agent };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var view = await client.PostAsync<PauseView>($"{PathOf(parsed.GetValue(agent)!)}/resume", null, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(view) : Output.Line("Not paused.");
        });
        return command;
    }

    private static ExampleCommand State()
    {
        var agent = AgentArgument();
        var command = new ExampleCommand("state", "What is known of each check of the list.", "vigil heartbeat state main --json") { agent };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var view = await client.GetAsync<StateView>($"{PathOf(parsed.GetValue(agent)!)}/state", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(view);
            WriteChecks(view.Checks, view.Timezone);
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Plan()
    {
        var agent = AgentArgument();
        var command = new ExampleCommand("plan", "The coming slots, and how each line of the checklist was understood. Asks no model.", "vigil heartbeat plan main") { agent };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var plan = await client.GetAsync<BeatOutlook>($"{PathOf(parsed.GetValue(agent)!)}/plan", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(plan);
            Output.Line(plan.Enabled ? $"Every {plan.Every}, times in {plan.Timezone}." : "The heartbeat is turned off (heartbeat.enabled).");
            foreach (var slot in plan.Slots)
                Output.Line($"  {slot.Local}{(slot.IsOpen ? "" : "  outside the active hours")}");
            WriteChecks(plan.Checks, plan.Timezone);
            foreach (var finding in plan.Findings)
                Output.Note(finding);
            return CommandLine.Done;
        });
        return command;
    }

    private static Argument<string> AgentArgument() => new("agent") { Description = "Which agent." };

    private static string PathOf(string agent) => $"/api/heartbeats/{Uri.EscapeDataString(agent)}";

    private static int Print(IReadOnlyList<BeatStatus> all)
    {
        var table = Output.Table("agent", "every", "last slot", "outcome", "reason", "next slot", "note");
        foreach (var one in all)
        {
            var note = !one.Enabled ? "off" : one.Paused is { } pause ? pause.Until is { } until ? $"paused until {PersonTime.Of(until, one.Timezone)}" : "paused" : one.Overdue ? "OVERDUE" : one.IsOpen ? "" : "outside the active hours";
            table.AddRow(Output.Cell(one.Agent), Output.Cell(one.Every), Output.Cell(one.LastSlot is { } last ? PersonTime.Of(last, one.Timezone) : null), Output.Cell(one.LastOutcome?.ToString().ToLowerInvariant()), Output.Cell(one.LastReason),
                Output.Cell(one.NextLocal), Output.Cell(note));
        }
        Output.Write(table);
        return CommandLine.Done;
    }

    private static void WriteChecks(IReadOnlyList<CheckStanding> checks, string zone)
    {
        if (checks.Count == 0)
        {
            Output.Note("The checklist is empty: beats cost nothing.");
            return;
        }
        var table = Output.Table("line", "check", "cadence", "probe", "last run", "result", "next due");
        foreach (var check in checks)
        {
            table.AddRow(Output.Cell(check.Line), Output.Cell(Short(check.Text)), Output.Cell(check.Cadence), Output.Cell(check.Probe), Output.Cell(At(check.LastRun)), Output.Cell(check.Result),
                Output.Cell(At(check.NextDue)));
        }
        Output.Write(table);

        string? At(DateTimeOffset? at) => at is { } known ? PersonTime.Of(known, zone) : null;
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : line[..59] + "…";
    }
}
