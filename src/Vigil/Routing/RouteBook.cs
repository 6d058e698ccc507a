using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Routing;

/// <summary>The routes in force. A broken file keeps the last good routes as a whole; at the first start it refuses.</summary>
public sealed class RouteBook
{
    private readonly VigilHome _home;
    private readonly IAgentRegistry _agents;
    private readonly Lock _writing = new();
    private DateTime _seen;
    private volatile RouteTable _table;

    /// <exception cref="FaultException">routes.json is broken at start.</exception>
    public RouteBook(VigilHome home, IAgentRegistry agents)
    {
        _home = home;
        _agents = agents;
        var (table, errors) = Read();
        _table = table ?? throw new FaultException(new Fault("routes_broken", string.Join("\n", errors), "Mend routes.json, or move it away to start without routes."));
        Errors = [];
    }

    public RouteTable Table
    {
        get
        {
            Refresh();
            return _table;
        }
    }

    /// <summary>What is wrong in routes.json as it stands now.</summary>
    public IReadOnlyList<SettingsError> Errors { get; private set; }

    /// <summary>Adds a route at a position (from 0; null appends). Returns what is wrong instead of writing.</summary>
    public Fault? Add(IReadOnlyDictionary<string, string> match, string agent, int? position)
    {
        lock (_writing)
        {
            if (RoutesFile.Check(match, agent, _agents.Exists, Ids) is { } fault)
                return fault;
            var routes = Table.Routes.ToList();
            var at = position ?? routes.Count;
            if (at < 0 || at > routes.Count)
                return new Fault("position_invalid", $"There is no position {at}.", $"Positions go from 0 to {routes.Count}.", "position");
            var added = new Route(at, match, AgentId.Parse(agent), 0);
            if (routes.Take(at).FirstOrDefault(earlier => earlier.Covers(added)) is { } covering)
                return new Fault("route_unreachable", $"Route {covering.Index} ({covering}) always matches first.", $"Add it at position {covering.Index} or before.", "position") { Kind = FaultKind.Conflict };
            routes.Insert(at, added);
            Write(routes);
            return null;
        }
    }

    public Fault? Remove(int position)
    {
        lock (_writing)
        {
            var routes = Table.Routes.ToList();
            if (position < 0 || position >= routes.Count)
                return new Fault("route_not_found", $"There is no route {position}.", "vigil route list shows them with their positions.", "position") { Kind = FaultKind.NotFound };
            routes.RemoveAt(position);
            Write(routes);
            return null;
        }
    }

    /// <summary>Takes away all routes to an agent that is being removed; returns how many there were.</summary>
    public int RemoveAgent(AgentId agent)
    {
        lock (_writing)
        {
            var routes = Table.Routes;
            var kept = routes.Where(route => route.Agent != agent).ToList();
            if (kept.Count < routes.Count)
                Write(kept);
            return routes.Count - kept.Count;
        }
    }

    private void Write(List<Route> routes)
    {
        RoutesFile.Write(_home.RoutesFile, routes);
        _seen = default;
        Refresh();
    }

    private void Refresh()
    {
        var changed = File.GetLastWriteTimeUtc(_home.RoutesFile);
        if (changed == _seen)
            return;
        var (table, errors) = Read();
        Errors = errors;
        if (table is not null)
            _table = table;
    }

    private (RouteTable? Table, IReadOnlyList<SettingsError> Errors) Read()
    {
        _seen = File.GetLastWriteTimeUtc(_home.RoutesFile);
        return RoutesFile.Read(_home.RoutesFile, _agents.Exists, Ids);
    }

    private IEnumerable<string> Ids() => _agents.Ids(limit: 1000).Select(id => id.Value);
}
