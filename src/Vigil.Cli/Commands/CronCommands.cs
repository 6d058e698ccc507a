using System.CommandLine;
using System.Text.Json.Nodes;
using Vigil.Cli.Terminal;

namespace Vigil.Cli.Commands;

/// <summary>Schedules: add, look at, change, try out.</summary>
internal static class CronCommands
{
    public static Command Create() => new ExampleCommand(
        "cron", "When an agent works by the clock.", "vigil cron add morning --cron '0 8 * * mon-fri' --prompt 'What is on today?'", "vigil cron next --cron '@daily'", "vigil cron history morning")
    {
        Add(),
        List(),
        Edit(),
        One("remove", "Remove a schedule; its history stays.", async (client, path, cancellationToken) =>
        {
            await client.DeleteAsync(path, cancellationToken);
            return new JsonObject { ["removed"] = true };
        }, _ => "Removed."),
        One("enable", "Go on from now; nothing is caught up.", (client, path, cancellationToken) => client.PostAsync<JsonObject>($"{path}/enable", null, cancellationToken), CronText.Summary),
        One("disable", "No slot comes until it is enabled again.", (client, path, cancellationToken) => client.PostAsync<JsonObject>($"{path}/disable", null, cancellationToken), CronText.Summary),
        Run(),
        Next(),
        History(),
    };

    private static ExampleCommand Add()
    {
        var name = new Argument<string>("name") { Description = "A short name, unique for the agent." };
        var fields = new CronFields(prompt: "What the agent shall do.");
        var command = new ExampleCommand(
            "add", "Add a schedule and show its next five slots.",
            "vigil cron add morning --cron '0 8 * * mon-fri' --timezone Europe/Berlin --prompt 'What is on today?'",
            "vigil cron add check --every 45m --prompt 'Look at the build.' --notify gated",
            "vigil cron add tea --at 'in 4m' --prompt 'Say that the tea is ready.'")
        {
            name,
        };
        fields.AddTo(command, withAgent: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var body = fields.Body(parsed);
            body["name"] = parsed.GetValue(name);
            if (!body.ContainsKey("agent") && Shared.AgentHere(parsed) is { } here)
                body["agent"] = here;
            return CronText.Print(parsed, await client.PostAsync<JsonObject>("/api/cron", body, cancellationToken), CronText.Summary);
        });
        return command;
    }

    private static ExampleCommand List()
    {
        var agent = CronFields.Agent();
        var all = new Option<bool>("--all") { Description = "Also one-time schedules that are over." };
        var command = new ExampleCommand("list", "Show the schedules.", "vigil cron list", "vigil cron list --agent main --all --json") { agent, all };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var path = $"/api/cron?limit=500{(parsed.GetValue(all) ? "&all=true" : "")}{CronFields.Query("&agent=", parsed.GetValue(agent))}";
            var items = new JsonArray();
            for (string? after = ""; after is not null;)
            {
                var part = await client.GetAsync<JsonObject>(path + (after.Length == 0 ? "" : $"&after={Uri.EscapeDataString(after)}"), cancellationToken);
                foreach (var item in part["items"]!.AsArray())
                    items.Add(item!.DeepClone());
                after = part["next"]?.GetValue<string>();
            }
            if (parsed.GetValue(Shared.Json))
                return Output.Json(new JsonObject { ["items"] = items, ["next"] = null });
            return CronText.Table(items, ["id", "agent", "name", "state", "words", "nextAt", "failures", "lastOutcome"]);
        });
        return command;
    }

    private static ExampleCommand Edit()
    {
        var schedule = Schedule();
        var agent = CronFields.Agent();
        var rename = new Option<string?>("--name") { Description = "A new name.", HelpName = "NAME" };
        var fields = new CronFields(prompt: "A new prompt.");
        var command = new ExampleCommand(
            "edit", "Change a schedule. Only what is given changes; a new time shows new slots.", "vigil cron edit morning --prompt 'What is on today, and the weather?'", "vigil cron edit morning --cron '0 7 * * *'")
        {
            schedule, agent, rename,
        };
        fields.AddTo(command, withAgent: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var body = fields.Body(parsed);
            if (parsed.GetValue(rename) is { } renamed)
                body["name"] = renamed;
            return CronText.Print(parsed, await client.PatchAsync<JsonObject>(Path(parsed, schedule, agent), body, cancellationToken), CronText.Summary);
        });
        return command;
    }

    private static ExampleCommand Run()
    {
        var schedule = Schedule();
        var agent = CronFields.Agent();
        var force = new Option<bool>("--force") { Description = "Also when it is disabled; it stays so." };
        var command = new ExampleCommand("run", "One extra run now; the plan stays as it is.", "vigil cron run morning") { schedule, agent, force };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var (path, query) = Split(Path(parsed, schedule, agent));
            var work = await client.PostAsync<JsonObject>($"{path}/run{query}", new JsonObject { ["force"] = parsed.GetValue(force) }, cancellationToken);
            return CronText.Print(parsed, work, answer => $"Started {answer["id"]}. How it ends: vigil work show {answer["id"]}");
        });
        return command;
    }

    private static ExampleCommand Next()
    {
        var schedule = new Argument<string?>("schedule") { Description = "Its id or name; or give a time with --cron, --every or --at.", Arity = ArgumentArity.ZeroOrOne };
        var agent = CronFields.Agent();
        var times = new CronTimes();
        var from = new Option<string?>("--from") { Description = "Start from this instant instead of now.", HelpName = "INSTANT" };
        var count = new Option<int>("--count") { Description = "How many, 1 to 100.", DefaultValueFactory = _ => 5, HelpName = "N" };
        var command = new ExampleCommand("next", "Show when something is due, without storing anything.", "vigil cron next morning --count 10", "vigil cron next --cron '30 2 * * *' --timezone Europe/Berlin --from 2026-03-28T00:00:00Z")
        {
            schedule, agent, from, count,
        };
        times.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(schedule) is { Tokens.Count: > 0 } && times.IsGiven(result))
                result.AddError("Name a schedule, or give a time with --cron, --every or --at, and not both.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var query = $"?count={parsed.GetValue(count)}{CronFields.Query("&from=", parsed.GetValue(from))}{CronFields.Query("&agent=", parsed.GetValue(agent))}";
            var path = parsed.GetValue(schedule) is { } named ? $"/api/cron/{Uri.EscapeDataString(named)}/next{query}" : $"/api/cron/next{query}{times.Query(parsed)}";
            return CronText.Print(parsed, await client.GetAsync<JsonObject>(path, cancellationToken), CronText.Slots);
        });
        return command;
    }

    private static ExampleCommand History()
    {
        var schedule = Schedule();
        var agent = CronFields.Agent();
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 500.", DefaultValueFactory = _ => 20, HelpName = "N" };
        var command = new ExampleCommand("history", "What became of its slots, newest first.", "vigil cron history morning", "vigil cron history morning --limit 100 --json") { schedule, agent, limit };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var (path, query) = Split(Path(parsed, schedule, agent));
            var page = await client.GetAsync<JsonObject>($"{path}/history?limit={parsed.GetValue(limit)}{query.Replace('?', '&')}", cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(page) : CronText.Executions(page["items"]!.AsArray());
        });
        return command;
    }

    private static ExampleCommand One(string verb, string description, Func<Client.GatewayClient, string, CancellationToken, Task<JsonObject>> act, Func<JsonObject, string> text)
    {
        var schedule = Schedule();
        var agent = CronFields.Agent();
        var command = new ExampleCommand(verb, description, $"vigil cron {verb} morning") { schedule, agent };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            // A name is looked up first, so that the verb's own path needs no more than the id.
            var found = await client.GetAsync<JsonObject>(Path(parsed, schedule, agent), cancellationToken);
            return CronText.Print(parsed, await act(client, $"/api/cron/{found["id"]}", cancellationToken), text);
        });
        return command;
    }

    private static Argument<string> Schedule() => new("schedule") { Description = "Its id or name." };

    private static string Path(ParseResult parsed, Argument<string> schedule, Option<string?> agent)
        => $"/api/cron/{Uri.EscapeDataString(parsed.GetValue(schedule)!)}{CronFields.Query("?agent=", parsed.GetValue(agent))}";

    private static (string Path, string Query) Split(string path) => path.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? (path[..at], path[at..]) : (path, "");
}
