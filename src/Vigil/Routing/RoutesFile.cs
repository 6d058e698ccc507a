using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Settings.Reading;

namespace Vigil.Routing;

/// <summary>Reads and writes routes.json: <c>{ "routes": [ { "match": { "platform": "telegram", "chat_id": "42" }, "agent": "coder" } ] }</c>. Taken as a whole or not at all.</summary>
internal static class RoutesFile
{
    private const string Example = "{ \"match\": { \"platform\": \"telegram\", \"chat_id\": \"42\" }, \"agent\": \"main\" }";

    private static readonly JsonSerializerOptions s_written = new() { WriteIndented = true };

    public static (RouteTable? Table, IReadOnlyList<SettingsError> Errors) Read(string file, Func<AgentId, bool> exists, Func<IEnumerable<string>> agents)
    {
        if (!File.Exists(file))
            return (RouteTable.Empty, []);
        var errors = new List<SettingsError>();
        var layer = new SettingsLayer("routes.json", Path.GetFileName(file));
        var root = JsonText.Parse(File.ReadAllBytes(file), layer, errors);
        if (root is null || errors.Count > 0)
            return (null, errors);
        var routes = new List<Route>();
        if (!root.Members.TryGetValue("routes", out var list) || list.Value.Kind != NodeKind.Array || root.Members.Count > 1)
        {
            errors.Add(Error(layer, root.At, "routes", root.Shown, $"{{ \"routes\": [ {Example} ] }}", "The file holds one list, \"routes\""));
            return (null, errors);
        }
        foreach (var (item, index) in list.Value.Items.Select((item, index) => (item, index)))
        {
            if (One(item, index, layer, exists, agents, errors) is { } route)
                routes.Add(route);
        }
        return errors.Count > 0 ? (null, errors) : (new RouteTable(routes), []);
    }

    /// <summary>What is wrong with a route that somebody wants to add, or null.</summary>
    public static Fault? Check(IReadOnlyDictionary<string, string> match, string agent, Func<AgentId, bool> exists, Func<IEnumerable<string>> agents)
    {
        if (match.Count == 0)
            return new Fault("route_empty", "A route without a match would take every message.", "Set \"defaultAgent\" in vigil.json instead.", "match");
        foreach (var (key, value) in match)
        {
            if (!Route.Keys.Contains(key))
                return new Fault("route_key_unknown", $"A route has no key '{key}'.", Nearest.To(key, Route.Keys) is { } near ? $"Did you mean '{near}'?" : $"Keys: {string.Join(", ", Route.Keys)}.", "match");
            if (string.IsNullOrWhiteSpace(value))
                return new Fault("route_value_blank", $"The value of '{key}' is blank.", "Leave the key out, or give it a value.", "match");
            if (value.Contains('*', StringComparison.Ordinal))
                return new Fault("route_value_glob", $"'{value}' holds a '*': routes compare exactly.", "Leave the key out to match any value.", "match");
        }
        if (AgentId.TryParse(agent, null, out var id) && exists(id))
            return null;
        return new Fault("agent_not_found", $"There is no agent '{agent}'.", Nearest.To(agent, agents()) is { } close ? $"Did you mean '{close}'?" : "vigil agent list shows those that there are.", "agent") { Kind = FaultKind.NotFound };
    }

    /// <summary>Replaces the file in one step: a reader sees the old or the new routes, never half of them.</summary>
    public static void Write(string file, IEnumerable<Route> routes)
    {
        var list = new JsonArray([.. routes.Select(route => new JsonObject
        {
            ["match"] = new JsonObject(route.Match.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value))),
            ["agent"] = route.Agent.Value,
        })]);
        var temporary = file + ".new";
        File.WriteAllText(temporary, new JsonObject { ["routes"] = list }.ToJsonString(s_written) + "\n");
        File.Move(temporary, file, overwrite: true);
    }

    private static Route? One(SettingNode item, int index, SettingsLayer layer, Func<AgentId, bool> exists, Func<IEnumerable<string>> agents, List<SettingsError> errors)
    {
        var path = $"routes[{index}]";
        if (item.Kind != NodeKind.Object)
        {
            errors.Add(Error(layer, item.At, path, item.Shown, Example, "An entry that is no route"));
            return null;
        }
        foreach (var (name, member) in item.Members.Where(member => member.Key is not ("match" or "agent")))
            errors.Add(Error(layer, member.At, $"{path}.{name}", name, Nearest.To(name, ["match", "agent"]) ?? "match", "A route has no such key"));
        var match = new Dictionary<string, string>(StringComparer.Ordinal);
        if (item.Members.GetValueOrDefault("match") is not { Value.Kind: NodeKind.Object } pairs)
        {
            errors.Add(Error(layer, item.At, $"{path}.match", null, "{ \"platform\": \"telegram\" }", "The match is missing"));
            return null;
        }
        foreach (var (key, member) in pairs.Value.Members)
        {
            // Chat and thread ids are often written as numbers; messages carry them as text.
            if (member.Value.Kind is not (NodeKind.Text or NodeKind.Number))
                errors.Add(Error(layer, member.Value.At, $"{path}.match.{key}", member.Value.Shown, "\"42\"", "A value is a text or a number"));
            else
                match[key] = member.Value.Text;
        }
        var agent = item.Members.GetValueOrDefault("agent") is { Value.Kind: NodeKind.Text } named ? named.Value.Text : "";
        if (errors.Count == 0 && Check(match, agent, exists, agents) is { } fault)
        {
            var at = fault.Parameter == "agent" && item.Members.TryGetValue("agent", out var member) ? member.Value.At : pairs.Value.At;
            errors.Add(Error(layer, at, $"{path}.{fault.Parameter}", fault.Parameter == "agent" ? agent : null, Example, $"{fault.Message} {fault.Hint}"));
        }
        return errors.Count == 0 ? new Route(index, match, AgentId.Parse(agent), item.At.Line) : null;
    }

    private static SettingsError Error(SettingsLayer layer, Place at, string key, string? bad, string? good, string problem) => new(layer.File, at.Line, at.Column, key, bad, good, problem);
}
