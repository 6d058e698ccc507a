using System.Collections.Frozen;

namespace Vigil.Routing;

/// <summary>The routes in order; the first that matches wins. Immutable.</summary>
public sealed class RouteTable
{
    private readonly FrozenDictionary<(string Key, string Value), int[]> _byCondition;
    private readonly int[] _always;

    internal RouteTable(IReadOnlyList<RouteEntry> entries)
    {
        Entries = entries;
        // A route is looked up under the one condition that fewest routes share; whatever else it asks for is compared then.
        var counts = entries.SelectMany(entry => entry.Route.Match).Where(pair => pair.Value != MatchKeys.Any)
            .GroupBy(pair => (pair.Key, pair.Value)).ToDictionary(group => group.Key, group => group.Count());
        var byCondition = new Dictionary<(string, string), List<int>>();
        var always = new List<int>();
        foreach (var entry in entries)
        {
            // What can never be reached need not be looked at.
            if (entry.ShadowedBy is not null)
                continue;
            var exact = entry.Route.Match.Where(pair => pair.Value != MatchKeys.Any).Select(pair => (pair.Key, pair.Value)).ToList();
            if (exact.Count == 0)
            {
                always.Add(entry.Index);
                continue;
            }
            var rarest = exact.MinBy(condition => counts[condition]);
            if (!byCondition.TryGetValue(rarest, out var list))
                byCondition[rarest] = list = [];
            list.Add(entry.Index);
        }
        _byCondition = byCondition.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray());
        _always = [.. always];
    }

    public static RouteTable Empty { get; } = new([]);

    public IReadOnlyList<RouteEntry> Entries { get; }

    /// <summary>The first route that matches, or null.</summary>
    public RouteEntry? Find(InboundMessage message)
    {
        var best = FirstOf(_always, message, Entries.Count);
        foreach (var key in MatchKeys.All)
        {
            if (key == "role")
            {
                foreach (var role in message.Roles)
                    best = Under(("role", role.Trim()), message, best);
            }
            else if (MatchKeys.Of(message, key) is { } value)
            {
                best = Under((key, value), message, best);
            }
        }
        return best < Entries.Count ? Entries[best] : null;
    }

    /// <summary>What each route said, up to the one that matched.</summary>
    public IReadOnlyList<RouteVerdict> Explain(InboundMessage message)
    {
        var verdicts = new List<RouteVerdict>();
        foreach (var entry in Entries)
        {
            var whyNot = entry.Route.WhyNot(message);
            verdicts.Add(new RouteVerdict(entry.Index, entry.Route, whyNot));
            if (whyNot is null)
                break;
        }
        return verdicts;
    }

    private int Under((string Key, string Value) condition, InboundMessage message, int best)
        => _byCondition.TryGetValue(condition, out var indexes) ? FirstOf(indexes, message, best) : best;

    private int FirstOf(int[] indexes, InboundMessage message, int best)
    {
        foreach (var index in indexes)
        {
            if (index >= best)
                return best;
            if (Entries[index].Route.WhyNot(message) is null)
                return index;
        }
        return best;
    }

    /// <summary>Numbers the routes and finds for each the earlier one that takes everything it could match.</summary>
    internal static RouteTable Of(IReadOnlyList<(Route Route, int Line)> routes)
    {
        var first = new Dictionary<string, int>();
        var entries = new List<RouteEntry>(routes.Count);
        foreach (var (route, line) in routes)
        {
            var index = entries.Count;
            int? shadowedBy = null;
            foreach (var wider in WiderOrEqual([.. route.Match.OrderBy(pair => pair.Key, StringComparer.Ordinal)]))
            {
                if (first.TryGetValue(wider, out var earlier) && !(shadowedBy < earlier))
                    shadowedBy = earlier;
            }
            first.TryAdd(route.Signature, index);
            entries.Add(new RouteEntry(index, route, line, shadowedBy));
        }
        return new RouteTable(entries);
    }

    /// <summary>Signatures of every route that asks for no more than this one: each condition kept, loosened to "*", or left away.</summary>
    private static IEnumerable<string> WiderOrEqual(KeyValuePair<string, string>[] match)
    {
        var kept = new List<KeyValuePair<string, string>>();
        return From(0);

        IEnumerable<string> From(int at)
        {
            if (at == match.Length)
            {
                if (kept.Count > 0)
                    yield return Route.SignatureOf(kept);
                yield break;
            }
            foreach (var wider in From(at + 1))
                yield return wider;
            kept.Add(match[at]);
            foreach (var wider in From(at + 1))
                yield return wider;
            kept.RemoveAt(kept.Count - 1);
            if (match[at].Value == MatchKeys.Any || !MatchKeys.WithAny.Contains(match[at].Key))
                yield break;
            kept.Add(KeyValuePair.Create(match[at].Key, MatchKeys.Any));
            foreach (var wider in From(at + 1))
                yield return wider;
            kept.RemoveAt(kept.Count - 1);
        }
    }
}
