namespace Vigil.Routing;

/// <summary>
/// The routes in their order. Looking one up does not walk the list: routes are indexed by the rarest of their pairs, so ten thousand of them cost a handful
/// of comparisons, and among those that match the first in order still wins.
/// </summary>
public sealed class RouteTable
{
    private readonly Dictionary<(string Key, string Value), List<Route>> _byPair = [];

    public RouteTable(IReadOnlyList<Route> routes)
    {
        Routes = routes;
        var frequency = new Dictionary<(string, string), int>();
        foreach (var (key, value) in routes.SelectMany(route => route.Match))
            frequency[(key, value)] = frequency.GetValueOrDefault((key, value)) + 1;
        foreach (var route in routes)
        {
            var rarest = route.Match.MinBy(pair => frequency[(pair.Key, pair.Value)]);
            if (!_byPair.TryGetValue((rarest.Key, rarest.Value), out var list))
                _byPair[(rarest.Key, rarest.Value)] = list = [];
            list.Add(route);
        }
        Unreachable = FindUnreachable();
    }

    public static RouteTable Empty { get; } = new([]);

    public IReadOnlyList<Route> Routes { get; }

    /// <summary>Routes that an earlier one always wins over, with that earlier one.</summary>
    public IReadOnlyDictionary<Route, Route> Unreachable { get; }

    public Route? Find(InboundMessage message)
    {
        Route? first = null;
        foreach (var key in Route.Keys)
        {
            if (key == "role")
            {
                foreach (var role in message.Roles)
                    first = Earlier(first, key, role, message);
            }
            else if (message.Value(key) is { } value)
            {
                first = Earlier(first, key, value, message);
            }
        }
        return first;
    }

    private Route? Earlier(Route? first, string key, string value, InboundMessage message)
    {
        if (!_byPair.TryGetValue((key, value), out var routes))
            return first;
        foreach (var route in routes)
        {
            if (first is not null && route.Index > first.Index)
                break;
            if (route.Matches(message))
                return route;
        }
        return first;
    }

    // A route is covered only by one whose pairs it all has: those are found under its own pairs.
    private Dictionary<Route, Route> FindUnreachable()
    {
        var unreachable = new Dictionary<Route, Route>();
        foreach (var route in Routes)
        {
            var earlier = route.Match
                .SelectMany(pair => _byPair.GetValueOrDefault((pair.Key, pair.Value)) ?? [])
                .Where(other => other.Index < route.Index && other.Covers(route))
                .MinBy(other => other.Index);
            if (earlier is not null)
                unreachable[route] = earlier;
        }
        return unreachable;
    }
}
