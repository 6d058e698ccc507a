using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Agents;

namespace Vigil.Cli.Commands;

/// <summary>Agents: look at them, add, clone, remove.</summary>
internal static class AgentCommands
{
    public static Command Create() => new ExampleCommand(
        "agent", "The agents of this gateway.", "vigil agent list", "vigil agent add coder", "vigil agent show coder", "vigil agent clone coder reviewer")
    {
        List(),
        Show(),
        Add(),
        Clone(),
        Remove(),
    };

    private static ExampleCommand List()
    {
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 500.", DefaultValueFactory = _ => 100, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "Go on behind this agent.", HelpName = "AGENT" };
        var command = new ExampleCommand("list", "Show the agents: model, routes, heartbeat, last beat, cost today.", "vigil agent list", "vigil agent list --json --limit 500") { limit, after };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var path = $"/api/agents{Query.Of(("limit", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture)), ("after", parsed.GetValue(after)))}";
            var page = await client.GetAsync<AgentPage>(path, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(page) : Print(page, parsed.GetValue(after) is null);
        });
        return command;
    }

    private static ExampleCommand Show()
    {
        var agent = Agent("Which agent.");
        var all = new Option<bool>("--all") { Description = "Also keys that nobody set." };
        var command = new ExampleCommand("show", "One agent: its settings in force and who set them, its files, routes and schedules.", "vigil agent show main", "vigil agent show main --all --json") { agent, all };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var detail = await client.GetAsync<AgentDetail>(PathOf(parsed.GetValue(agent)!), cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(detail) : AgentText.Print(detail, parsed.GetValue(all));
        });
        return command;
    }

    private static ExampleCommand Add()
    {
        var agent = Agent("The new agent's id: 1-64 of a-z, 0-9, '-' and '_'.");
        var from = new Option<string?>("--from") { Description = "Copy settings, persona, checklist and skills of this agent. Default: the starter.", HelpName = "AGENT" };
        var memory = Memory();
        var soul = new Option<string?>("--soul") { Description = "Its persona: a text file that becomes SOUL.md.", HelpName = "FILE" };
        var command = new ExampleCommand("add", "Make an agent. It answers at once.", "vigil agent add coder", "vigil agent add coder --soul coder.md", "vigil agent add reviewer --from coder")
        {
            agent, from, memory, soul,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var persona = parsed.GetValue(soul) is { } file ? await File.ReadAllTextAsync(file, cancellationToken) : null;
            using var client = Shared.Client(parsed);
            var body = new AgentBody { Id = parsed.GetValue(agent)!, From = parsed.GetValue(from), Memory = parsed.GetValue(memory), Soul = persona };
            return Made(parsed, await client.PostAsync<AgentDetail>("/api/agents", body, cancellationToken));
        });
        return command;
    }

    private static ExampleCommand Clone()
    {
        var source = Agent("The agent to copy.");
        var target = new Argument<string>("target") { Description = "The new agent's id." };
        var memory = Memory();
        var command = new ExampleCommand(
            "clone", "Copy an agent: settings, persona, checklist and skills; never conversations or secrets.", "vigil agent clone coder reviewer", "vigil agent clone coder coder2 --with-memory")
        {
            source, target, memory,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var body = new CloneBody { Id = parsed.GetValue(target)!, Memory = parsed.GetValue(memory) };
            return Made(parsed, await client.PostAsync<AgentDetail>($"{PathOf(parsed.GetValue(source)!)}/clone", body, cancellationToken));
        });
        return command;
    }

    private static ExampleCommand Remove()
    {
        var agent = Agent("Which agent.");
        var yes = new Option<bool>("--yes") { Description = "Do it. Without this the command says what would go, and changes nothing." };
        var command = new ExampleCommand(
            "remove", "Remove an agent with its routes and schedules; works that have not ended are cancelled, its files are moved aside.", "vigil agent remove coder", "vigil agent remove coder --yes")
        {
            agent, yes,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var gone = await client.DeleteAsync<AgentRemoved>($"{PathOf(parsed.GetValue(agent)!)}{(parsed.GetValue(yes) ? "?yes=true" : "")}", cancellationToken);
            return parsed.GetValue(Shared.Json)
                ? Output.Json(gone)
                : Output.Line($"Removed {gone.Id}. Routes removed: {gone.Routes}, schedules removed: {gone.Schedules}, works cancelled: {gone.Works}. Its files lie in {gone.MovedTo}");
        });
        return command;
    }

    private static Argument<string> Agent(string description) => new("agent") { Description = description };

    private static Option<bool> Memory() => new("--with-memory") { Description = "Copy the memory too." };

    private static string PathOf(string agent) => $"/api/agents/{Uri.EscapeDataString(agent)}";

    private static int Made(ParseResult parsed, AgentDetail detail)
        => parsed.GetValue(Shared.Json) ? Output.Json(detail) : Output.Line($"Made {detail.Agent.Id} in {detail.Paths.Directory}. Talk to it: vigil chat --agent {detail.Agent.Id}");

    private static int Print(AgentPage page, bool first)
    {
        var table = Output.Table("agent", "model", "routes", "schedules", "heartbeat", "last beat", "next beat", "today", "note");
        foreach (var one in page.Items)
        {
            table.AddRow(Output.Cell(one.IsDefault ? $"{one.Id} *" : one.Id), Output.Cell(one.Model), Output.Cell(one.Routes), Output.Cell(one.Schedules),
                Output.Cell(one.Heartbeat is null ? null : one.Heartbeat.Enabled ? $"every {one.Heartbeat.Every}" : "off"), Output.Cell(one.Heartbeat?.LastAt), Output.Cell(one.Heartbeat?.NextAt),
                Output.Cell(AgentText.Cost(one)), Output.Cell(one.State == "ok" ? "" : one.State));
        }
        Output.Write(table);
        foreach (var one in page.Items.Where(one => one.Problem is not null))
            Output.Note($"{one.Id} is {one.State}: {one.Problem}");
        foreach (var stray in page.Strays)
            Output.Note(stray);
        if (page.Next is { } next)
            Output.Note($"There are more: vigil agent list --after {next}");
        else if (first && page.Items.Count == 1)
            Output.Note("main is all you need to begin with. Another one, with its own persona, memory and model: vigil agent add NAME");
        return CommandLine.Done;
    }
}
