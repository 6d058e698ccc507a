using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Routes;

namespace Vigil.Cli.Commands;

/// <summary>Routes: which message goes to which agent.</summary>
internal static class RouteCommands
{
    public static Command Create() => new ExampleCommand(
        "route", "Which message goes to which agent. The first route that matches wins; without one the default agent answers.",
        "vigil route add coder --platform telegram --chat 42", "vigil route list", "vigil route test --platform telegram --chat 42")
    {
        List(),
        Add(),
        Remove(),
        Test(),
    };

    public static string Words(IReadOnlyDictionary<string, string> match) => string.Join(", ", match.Select(pair => $"{pair.Key} {pair.Value}"));

    private static ExampleCommand List()
    {
        var agent = new Option<string?>("--agent") { Description = "Only routes to this agent.", HelpName = "AGENT" };
        var command = new ExampleCommand("list", "Show the routes in their order.", "vigil route list", "vigil route list --agent coder --json") { agent };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var routes = new List<RouteView>();
            string? after = null;
            do
            {
                var part = await client.GetAsync<Page<RouteView>>($"/api/routes{Query.Of(("limit", "500"), ("agent", parsed.GetValue(agent)), ("after", after))}", cancellationToken);
                routes.AddRange(part.Items);
                after = part.Next;
            }
            while (after is not null);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(new Page<RouteView>(routes, null));
            var table = Output.Table("route", "match", "agent", "note");
            foreach (var route in routes)
                table.AddRow(Output.Cell(route.Index), Output.Cell(Words(route.Match)), Output.Cell(route.Agent),
                    Output.Cell(route.IsOrphan ? "the agent is gone: its messages are refused" : route.ShadowedBy is { } shadow ? $"never reached: route {shadow} comes first" : ""));
            Output.Write(table);
            if (routes.Count == 0)
                Output.Note("There are no routes: the default agent answers everything.");
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Add()
    {
        var agent = new Argument<string>("agent") { Description = "The agent that shall answer." };
        var fields = new RouteFields();
        var position = new Option<int?>("--position") { Description = "Its place, from 0. Default: the last.", HelpName = "N" };
        var unreachable = new Option<bool>("--unreachable") { Description = "Add it although an earlier route takes all its messages." };
        var command = new ExampleCommand(
            "add", "Add a route: all conditions must hold. It counts from the next message on.",
            "vigil route add coder --platform telegram --chat 42", "vigil route add coder --platform discord --guild 7 --role dev --position 0")
        {
            agent, position, unreachable,
        };
        fields.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var body = new RouteBody { Match = fields.Match(parsed), Agent = parsed.GetValue(agent)!, Position = parsed.GetValue(position), Unreachable = parsed.GetValue(unreachable) };
            var added = await client.PostAsync<RouteAdded>("/api/routes", body, cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(added);
            foreach (var warning in added.Warnings)
                Output.Note(warning);
            return Output.Line($"Route {added.Route.Index}: {Words(added.Route.Match)} → {added.Route.Agent}");
        });
        return command;
    }

    private static ExampleCommand Remove()
    {
        var index = new Argument<int>("route") { Description = "Its number in the list." };
        var command = new ExampleCommand("remove", "Remove a route; those behind it move up by one.", "vigil route remove 0") { index };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var route = parsed.GetValue(index);
            await client.DeleteAsync($"/api/routes/{route.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(new { removed = route }) : Output.Line($"Removed route {route}.");
        });
        return command;
    }

    private static ExampleCommand Test()
    {
        var fields = new RouteFields();
        var command = new ExampleCommand(
            "test", "Which agent a message would go to, and why other routes did not take it. Calls no model.", "vigil route test --platform telegram --chat 42",
            "vigil route test --platform discord --guild 7 --chat 9 --chat-type channel --role dev --json");
        fields.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!fields.NamesPlatform(result))
                result.AddError("Say where the message comes from: --platform telegram, api, web, …");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var verdict = await client.PostAsync<RouteVerdictView>("/api/routes/test", fields.Probe(parsed), cancellationToken);
            var code = verdict.Problem is null ? CommandLine.Done : CommandLine.Failed;
            if (parsed.GetValue(Shared.Json))
            {
                Output.Json(verdict);
                return code;
            }
            foreach (var word in verdict.Routes)
                Output.Line($"route {word.Index} ({Words(word.Match)} → {word.Agent}): {word.WhyNot ?? "matches"}");
            if (verdict.Problem is { } problem)
                return Output.Fail(problem, null, code);
            return Output.Line($"{verdict.Agent}, decided by {verdict.Decision}; conversation {verdict.Session}");
        });
        return command;
    }
}
