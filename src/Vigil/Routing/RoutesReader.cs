using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Settings.Reading;

namespace Vigil.Routing;

/// <summary>Reads routes.json; anything wrong refuses the file as a whole.</summary>
internal sealed class RoutesReader(string path, AgentDirectories agents)
{
    public static string UnknownKey { get; } = $"is no condition of a route; the legal keys are {string.Join(", ", MatchKeys.All)}";

    private readonly SettingsLayer _layer = new("routes.json", path);

    public (RouteTable? Table, IReadOnlyList<SettingsError> Errors) Read(byte[]? file)
    {
        var errors = new List<SettingsError>();
        if (file is null)
            return (RouteTable.Empty, errors);
        var routes = new List<(Route, int)>();
        if (JsonText.Parse(file, _layer, errors) is { } tree)
        {
            foreach (var (node, key) in RoutesOf(tree, errors))
            {
                if (Read(node, key, errors) is { } route)
                    routes.Add((route, node.At.Line));
            }
        }
        return errors.Count == 0 ? (RouteTable.Of(routes), errors) : (null, errors);
    }

    private static IEnumerable<(SettingNode, KeyPath)> RoutesOf(SettingNode tree, List<SettingsError> errors)
    {
        const string good = "{ \"routes\": [ { \"match\": { \"platform\": \"telegram\" }, \"agent\": \"main\" } ] }";
        if (tree.Kind != NodeKind.Object)
        {
            Refuse(errors, tree.At, KeyPath.Root, tree.Shown, good, "routes.json is a JSON object");
            return [];
        }
        foreach (var (name, member) in tree.Members.Where(member => member.Key is not ("routes" or "$schema")))
            errors.Add(Findings.UnknownKey(member.At, KeyPath.Of(name), ["routes"]));
        var list = tree.Members.GetValueOrDefault("routes")?.Value;
        if (list is { Kind: NodeKind.Array })
            return list.Items.Select((node, i) => (node, KeyPath.Of("routes", $"[{i}]")));
        Refuse(errors, list?.At ?? tree.At, KeyPath.Of("routes"), list?.Shown, "[ ]", list is null ? "is missing" : "is no list of routes");
        return [];
    }

    private Route? Read(SettingNode node, KeyPath key, List<SettingsError> errors)
    {
        if (node.Kind != NodeKind.Object)
        {
            Refuse(errors, node.At, key, node.Shown, "{ \"match\": { \"platform\": \"telegram\" }, \"agent\": \"main\" }", "is no route");
            return null;
        }
        var before = errors.Count;
        foreach (var (name, member) in node.Members.Where(member => member.Key is not ("match" or "agent")))
            errors.Add(Findings.UnknownKey(member.At, key / name, ["match", "agent"]));
        var match = Match(node, node.Members.GetValueOrDefault("match")?.Value, key / "match", errors);
        var agent = Agent(node, node.Members.GetValueOrDefault("agent")?.Value, key / "agent", errors);
        return errors.Count == before ? new Route(match, agent) : null;
    }

    private static Dictionary<string, string> Match(SettingNode route, SettingNode? node, KeyPath key, List<SettingsError> errors)
    {
        var match = new Dictionary<string, string>();
        if (node is not { Kind: NodeKind.Object })
        {
            Refuse(errors, (node ?? route).At, key, node?.Shown, "{ \"platform\": \"telegram\" }", node is null ? "is missing" : "is no object of conditions");
            return match;
        }
        if (node.Members.Count == 0)
            Refuse(errors, node.At, key, "{ }", "{ \"platform\": \"telegram\" }",
                "is empty and would match everything; set defaultAgent in vigil.json for that");
        // In one order, so that explanations read alike.
        foreach (var (name, member) in node.Members.OrderBy(member => Order(member.Key)))
        {
            if (!MatchKeys.All.Contains(name))
            {
                var near = Nearest.To(name, MatchKeys.All);
                Refuse(errors, member.At, key / name, null, near is null ? null : $"\"{near}\"", UnknownKey);
            }
            else if (Problem(name, member.Value) is { } problem)
            {
                Refuse(errors, member.Value.At, key / name, member.Value.Shown, name == "platform" ? "\"telegram\"" : "\"42\"", problem);
            }
            else
            {
                match[name] = MatchKeys.Normal(name, member.Value.Text);
            }
        }
        return match;
    }

    private AgentId Agent(SettingNode route, SettingNode? node, KeyPath key, List<SettingsError> errors)
    {
        if (node is not { Kind: NodeKind.Text } || string.IsNullOrWhiteSpace(node.Text))
            Refuse(errors, (node ?? route).At, key, node?.Shown, "\"main\"", node is null ? "is missing" : "is no agent id");
        else if (!AgentId.TryParse(node.Text.Trim(), null, out var agent))
            Refuse(errors, node.At, key, node.Shown, $"\"{agents.Near(node.Text.Trim().ToLowerInvariant()) ?? "main"}\"", $"is no agent id: {AgentId.Rule}");
        else if (!agents.Exists(agent))
            Refuse(errors, node.At, key, node.Shown, $"\"{agents.Near(agent.Value) ?? "main"}\"", $"names the unknown agent '{agent}'. Make the agent again (the directory agents/{agent} is enough), or take the route out");
        else
            return agent;
        return default;
    }

    /// <summary>What is wrong with a condition, or null.</summary>
    internal static string? Problem(string key, SettingNode value)
        => value.Kind is not (NodeKind.Text or NodeKind.Number) ? "is neither text nor number"
            : string.IsNullOrWhiteSpace(value.Text) ? "is blank; leave the key away to match any"
            : value.Text.Trim() == MatchKeys.Any && !MatchKeys.WithAny.Contains(key)
                ? $"\"*\" is for {string.Join(", ", MatchKeys.WithAny)} alone; leave the key away to match any"
            : value.Kind == NodeKind.Number && value.Text.Any(c => !char.IsAsciiDigit(c) && c != '-') ? "is no plain number; write it as a text"
            : value.Text.Any(char.IsControl) ? "holds a control character"
            : null;

    private static int Order(string key) => MatchKeys.All.TakeWhile(known => known != key).Count();

    private static void Refuse(List<SettingsError> errors, Place at, KeyPath key, string? bad, string? good, string problem)
        => errors.Add(new SettingsError(at.Layer.File, at.Line, at.Column, key.ToString(), bad, good, problem));
}
