using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;
using Vigil.Routing;

namespace Vigil.Gateway.Routes;

/// <summary>Routes over HTTP: which message goes to which agent.</summary>
internal static class RouteEndpoints
{
    public static void MapRoutes(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/routes").RequireScope(KeyScopes.Admin).WithTags("routes");
        group.MapGet("", List).WithSummary("Routes in the order in which they are asked; the first that matches wins. Filter: ?agent=.").Produces<Page<RouteView>>().ReadsList("agent");
        group.MapPost("", AddAsync).WithSummary("Add a route; it holds for the next message.").Accepts<RouteBody>("application/json").Produces<RouteAdded>(201).MayConflict();
        group.MapDelete("/{index}", Remove).WithSummary("Remove a route; those behind it move up by one.").Produces(204).MayConflict();
        group.MapPost("/test", TestAsync).WithSummary("Which agent a message would go to, and why the other routes did not take it. Calls no model.").Accepts<RouteProbe>("application/json")
            .Produces<RouteVerdictView>();
    }

    private static IResult List(HttpContext context, Vigil.Routing.Routes table, IAgentRegistry known)
    {
        var query = ListQuery.Read(context.Request, "agent");
        var agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(context.Request, "agent"));
        var from = query.After is null ? 0 : Index(query.After, "after") + 1;
        var part = table.Current.Entries.Skip(from).Where(entry => agents?.Contains(entry.Route.Agent) ?? true).Take(query.Limit + 1).ToList();
        var next = part.Count > query.Limit ? part[query.Limit - 1].Index.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new Page<RouteView>([.. part.Take(query.Limit).Select(entry => RouteView.Of(entry, known))], next), WireJson.Options);
    }

    private static async Task<IResult> AddAsync(HttpContext context, Vigil.Routing.Routes table, IAgentRegistry known, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<RouteBody>(context.Request, cancellationToken);
        RequireAll(context);
        var change = table.Add(body.Match, body.Agent, body.Position, body.Unreachable);
        if (change.Fault is { } fault)
            throw new FaultException(fault);
        var entries = table.Current.Entries;
        var at = body.Position ?? entries.Count - 1;
        return Results.Json(new RouteAdded(RouteView.Of(entries[at], known), change.Warnings), WireJson.Options, statusCode: 201);
    }

    private static IResult Remove(HttpContext context, string index, Vigil.Routing.Routes table)
    {
        RequireAll(context);
        return table.Remove(Index(index, "index")).Fault is { } fault ? throw new FaultException(fault) : Results.NoContent();
    }

    private static async Task<IResult> TestAsync(HttpContext context, AgentResolver resolver, CancellationToken cancellationToken)
    {
        var probe = await StrictJson.ReadAsync<RouteProbe>(context.Request, cancellationToken);
        RequireAll(context);
        return Results.Json(await VerdictAsync(resolver, probe, cancellationToken), WireJson.Options);
    }

    internal static async Task<RouteVerdictView> VerdictAsync(AgentResolver resolver, RouteProbe probe, CancellationToken cancellationToken)
    {
        var message = probe.ToMessage();
        var result = await resolver.ResolveAsync(message, explain: true, cancellationToken: cancellationToken);
        var key = result.Fault is null ? SessionKeys.For(result.Agent, message) : null;
        var problem = result.Fault ?? key?.Fault;
        return new RouteVerdictView(
            result.Fault is null ? result.Agent.Value : null, result.DecidedBy, result.Decision, result.RouteIndex, result.Selector, key is { Fault: null } ? key.Key.Value : null,
            problem is null ? null : problem.Hint is null ? problem.Message : $"{problem.Message} {problem.Hint}",
            [.. result.Verdicts.Select(verdict => new RouteWord(verdict.Index, verdict.Route.Match, verdict.Route.Agent.Value, verdict.WhyNot))]);
    }

    // Routes are in one order for all agents: whoever may change or probe it sees every one of them.
    internal static void RequireAll(HttpContext context)
    {
        if (Caller.Of(context).IsLimited)
            throw new FaultException(new Fault("forbidden", "Routes belong to all agents, and this key is limited to some.", "Use a key for all agents.") { Kind = FaultKind.Forbidden });
    }

    private static int Index(string text, string parameter)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new FaultException(new Fault("bad_parameter", $"'{text}' is no number of a route.", "GET /api/routes numbers them.", parameter));
}
