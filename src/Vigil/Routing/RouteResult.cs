using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Routing;

/// <summary>The agent of one message, fixed for the whole turn, and who decided; or the fault that the sender gets.</summary>
public sealed record RouteResult
{
    public const string Caller = "the caller";

    public const string Default = "the default";

    public AgentId Agent { get; init; }

    /// <summary>caller, selector, route or default.</summary>
    public required string DecidedBy { get; init; }

    /// <summary>The route that decided, or would have.</summary>
    public int? RouteIndex { get; init; }

    public Route? Route { get; init; }

    /// <summary>The selector that decided or failed.</summary>
    public string? Selector { get; init; }

    /// <summary>What the routes said, up to the one that matched; only where an explanation was asked for.</summary>
    public IReadOnlyList<RouteVerdict> Verdicts { get; init; } = [];

    public Fault? Fault { get; init; }

    /// <summary>In a few words, as <c>why</c> shows it: <c>route 3</c>, <c>selector Office</c>.</summary>
    public string Decision => DecidedBy switch
    {
        "route" => $"route {RouteIndex}",
        "selector" => $"selector {Selector}",
        _ => DecidedBy,
    };

    /// <summary>Who decided, as a run keeps it: routes change, so their conditions are said as well.</summary>
    public string Words => DecidedBy switch
    {
        "route" => $"route {RouteIndex} {Route?.Conditions}".TrimEnd(),
        "selector" => Decision,
        "caller" => Caller,
        _ => Default,
    };

    /// <summary>The agent, or the fault thrown as an exception.</summary>
    public AgentId Required() => Fault is null ? Agent : throw new FaultException(Fault);
}
