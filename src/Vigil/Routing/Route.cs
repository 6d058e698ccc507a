using Vigil.Agents;

namespace Vigil.Routing;

/// <summary>A rule from an inbound message to an agent: all of its conditions must hold.</summary>
/// <param name="Match">Key to value; never empty. Keys are those of <c>routes.json</c>.</param>
public sealed record Route(IReadOnlyDictionary<string, string> Match, AgentId Agent)
{
    public string Conditions => $"{{ {string.Join(", ", Match.Select(pair => $"{pair.Key}: {pair.Value}"))} }}";

    public override string ToString() => $"{Conditions} → {Agent}";

    /// <summary>Why a message does not match, or null when it does.</summary>
    public string? WhyNot(InboundMessage message)
    {
        foreach (var (key, wanted) in Match)
        {
            if (key == "role")
            {
                if (!message.Roles.Any(role => role.Trim() == wanted))
                    return $"the message has no role {wanted}";
                continue;
            }
            var has = MatchKeys.Of(message, key);
            if (has is null)
                return $"the message has no {key}";
            if (wanted != MatchKeys.Any && has != wanted)
                return $"{key} is {has}, the route wants {wanted}";
        }
        return null;
    }

    /// <summary>Equal for routes that ask for the same.</summary>
    internal string Signature => SignatureOf(Match.OrderBy(pair => pair.Key, StringComparer.Ordinal));

    internal static string SignatureOf(IEnumerable<KeyValuePair<string, string>> match)
        => string.Join('\u0001', match.Select(pair => $"{pair.Key}\u0002{pair.Value}"));
}

/// <summary>A route in its place.</summary>
/// <param name="Index">From 0, in the order of the file.</param>
/// <param name="Line">Where it stands in routes.json.</param>
/// <param name="ShadowedBy">The earlier route that takes everything this one could match; null when it can be reached.</param>
public sealed record RouteEntry(int Index, Route Route, int Line, int? ShadowedBy);

/// <summary>What one route said of one message.</summary>
/// <param name="WhyNot">Null when it matched.</param>
public sealed record RouteVerdict(int Index, Route Route, string? WhyNot);
