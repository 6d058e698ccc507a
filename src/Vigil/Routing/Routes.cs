using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Settings.Reading;

namespace Vigil.Routing;

/// <summary>What came of adding or removing a route.</summary>
/// <param name="Warnings">Routes that can no longer be reached because of the change.</param>
public sealed record RouteChange(Fault? Fault, IReadOnlyList<string> Warnings);

/// <summary>The routes in force, and the only writer of routes.json. Changes hold for the next message.</summary>
public sealed class Routes : IReloadPart
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly WatchedFile _file;
    private readonly RoutesReader _reader;
    private readonly AgentDirectories _agents;
    private IReadOnlyList<SettingsError> _errors = [];
    private volatile RouteTable _current;
    private bool _hadFile;

    // What changed outside of a tick; the next one tells of it.
    private readonly List<SettingsReload> _untold = [];

    /// <exception cref="FaultException">routes.json cannot be read or something is wrong in it; the fault lists everything.</exception>
    internal Routes(VigilHome home, AgentDirectories agents)
    {
        _agents = agents;
        _file = new WatchedFile(home.RoutesFile);
        _reader = new RoutesReader(home.RoutesFile, agents);
        try
        {
            _file.Refresh();
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            throw HomeFault.Of(home.RoutesFile, cause);
        }
        var (table, errors) = _reader.Read(_file.Content);
        _current = table ?? throw SettingsMonitor.Broken(errors);
        _hadFile = _file.Content is not null;
    }

    public RouteTable Current => _current;

    /// <summary>What is wrong with routes.json as it stands now, and routes whose agent is gone; a message for one of those is refused.</summary>
    public IEnumerable<SettingsError> Errors => [.. _errors, .. _errors.Count == 0 ? Orphans() : []];

    /// <param name="position">The new route's index; null appends.</param>
    /// <param name="evenIfUnreachable">Add it although an earlier route takes all its messages.</param>
    public RouteChange Add(IReadOnlyDictionary<string, string> match, string agent, int? position = null, bool evenIfUnreachable = false)
    {
        lock (_lock)
        {
            if (Invalid(match, agent) is { } invalid)
                return new RouteChange(invalid, []);
            var conditions = MatchKeys.All.Where(match.ContainsKey).ToDictionary(key => key, key => MatchKeys.Normal(key, match[key]));
            var route = new Route(conditions, AgentId.Parse(agent));
            var at = position ?? _current.Entries.Count;
            if (at < 0 || at > _current.Entries.Count)
                return new RouteChange(new Fault("bad_position", $"There is no position {at}.",
                    $"Positions go from 0 to {_current.Entries.Count}.", "position"), []);
            var routes = _current.Entries.Select(entry => entry.Route).ToList();
            routes.Insert(at, route);
            var table = RouteTable.Of([.. routes.Select(one => (one, 0))]);
            if (table.Entries[at].ShadowedBy is { } shadow && !evenIfUnreachable)
            {
                var line = _current.Entries[shadow].Line;
                var fault = new Fault(
                    "route_unreachable",
                    $"Route {shadow} (line {line} of {_file.Path}) takes every message that this one could match: {routes[shadow]}.",
                    $"Add it before that one: --position {shadow}.",
                    "match") { Kind = FaultKind.Conflict };
                return new RouteChange(fault, []);
            }
            var warnings = table.Entries.Where(entry => entry.ShadowedBy == at)
                .Select(entry => $"Route {entry.Index} is never reached any more: {entry.Route}.").ToList();
            return new RouteChange(Write(routes), warnings);
        }
    }

    public RouteChange Remove(int index)
    {
        lock (_lock)
        {
            if (index < 0 || index >= _current.Entries.Count)
                return new RouteChange(new Fault("route_not_found", $"There is no route {index}.", "vigil route list shows all.",
                    "index") { Kind = FaultKind.NotFound }, []);
            return new RouteChange(Write([.. _current.Entries.Where(entry => entry.Index != index).Select(entry => entry.Route)]), []);
        }
    }

    /// <summary>Takes away every route to an agent and returns how many there were.</summary>
    public (int Removed, Fault? Fault) RemoveAgent(AgentId agent)
    {
        lock (_lock)
        {
            var kept = _current.Entries.Where(entry => entry.Route.Agent != agent).Select(entry => entry.Route).ToList();
            var removed = _current.Entries.Count - kept.Count;
            return removed == 0 ? (0, null) : Write(kept) is { } fault ? (0, fault) : (removed, null);
        }
    }

    IEnumerable<SettingsReload> IReloadPart.Refresh(bool again)
    {
        lock (_lock)
        {
            List<SettingsReload> reloads = [.. _untold];
            _untold.Clear();
            try
            {
                if (_file.Refresh() || (again && _errors.Count > 0))
                    reloads.AddRange(_file.Content is null && _hadFile ? Refused([_file.Gone]) : Take());
            }
            catch (Exception cause) when (HomeFault.IsExpected(cause))
            {
                reloads.AddRange(Refused([_file.Unreadable(cause)]));
            }
            return reloads;
        }
    }

    private IEnumerable<SettingsReload> Take()
    {
        var (table, errors) = _reader.Read(_file.Content);
        if (table is null)
            return Refused(errors);
        (_current, _errors, _hadFile) = (table, [], _file.Content is not null);
        return [new SettingsReload(_file.Path, true, [])];
    }

    private IEnumerable<SettingsReload> Refused(IReadOnlyList<SettingsError> errors)
    {
        var known = errors.SequenceEqual(_errors);
        _errors = errors;
        return known ? [] : [new SettingsReload(_file.Path, false, errors)];
    }

    private Fault? Invalid(IReadOnlyDictionary<string, string> match, string agent)
    {
        if (match.Count == 0)
            return new Fault("route_empty", "A route without a condition would match everything.", "Set defaultAgent in vigil.json for that.", "match");
        foreach (var (key, value) in match)
        {
            if (!MatchKeys.All.Contains(key))
                return new Fault("route_key", $"{key} {RoutesReader.UnknownKey}.",
                    Nearest.To(key, MatchKeys.All) is { } near ? $"Did you mean {near}?" : null, key);
            if (RoutesReader.Problem(key, new SettingNode(NodeKind.Text, default) { Text = value }) is { } problem)
                return new Fault("route_value", $"{key}: {problem}.", null, key);
        }
        return AgentId.TryParse(agent, null, out var id) && _agents.Exists(id)
            ? null
            : _agents.Unknown(agent) with { Kind = FaultKind.Invalid, Parameter = "agent" };
    }

    private Fault? Write(IReadOnlyList<Route> routes)
    {
        try
        {
            // Somebody may have edited the file since: what is written must rest on what stands there.
            if (_file.Refresh(force: true))
            {
                _untold.AddRange(_file.Content is null && _hadFile ? Refused([_file.Gone]) : Take());
                return new Fault("routes_changed", $"{_file.Path} was edited a moment ago.",
                    "Look at vigil route list and try again.") { Kind = FaultKind.Conflict };
            }
            if (_errors.Count > 0)
                return new Fault("routes_broken", _errors[0].ToString(), "Mend the file first; it would be overwritten.") { Kind = FaultKind.Conflict };
            var file = new JsonObject
            {
                ["routes"] = new JsonArray([.. routes.Select(route => new JsonObject
                {
                    ["match"] = new JsonObject(route.Match.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value)))),
                    ["agent"] = route.Agent.Value,
                })]),
            };
            PrivateFiles.Write(_file.Path, file.ToJsonString(Indented) + "\n");
            _file.Refresh(force: true);
            // A route whose agent is gone is no reason against this change; it stays among the errors until it is mended.
            _current = _reader.Read(_file.Content).Table ?? RouteTable.Of([.. routes.Select(route => (route, 1))]);
            _hadFile = true;
            _untold.Add(new SettingsReload(_file.Path, true, []));
            return null;
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            return HomeFault.Of(_file.Path, cause).Fault;
        }
    }

    private IEnumerable<SettingsError> Orphans()
        => _current.Entries.Where(entry => !_agents.Exists(entry.Route.Agent)).Select(entry => new SettingsError(
            _file.Path, entry.Line, 1, $"routes[{entry.Index}].agent", $"\"{entry.Route.Agent}\"", $"\"{_agents.Near(entry.Route.Agent.Value) ?? "main"}\"",
            "names an agent that is gone; its messages are refused"));
}
