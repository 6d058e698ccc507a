using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Streams;
using Vigil.Keys;

namespace Vigil.Gateway.Events;

internal static class EventsEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder routes)
        => routes.MapGet("/api/events", ReadAsync)
            .RequireScope(KeyScopes.Admin).WithTags("Gateway")
            .WithSummary("The event log, as a stream of server-sent events; with 'Accept: application/json' one part of it as a list. With a filter a part may be short: go on while there is a 'next'.")
            .Produces<Page<VigilEvent>>(200, "application/json", "text/event-stream").ReadsList("type", "agent", "work").ReadsHeaders("Last-Event-ID");

    private static async Task ReadAsync(HttpContext context, IEventLog log)
    {
        var request = context.Request;
        var query = ListQuery.Read(request, "type", "agent", "work");
        var filter = Filter(request, Caller.Of(context));
        if (WantsList(request))
            await ListAsync(context, log, query, filter);
        else
            await SseStream.RunAsync(context, (stream, cancellationToken) => EventFeed.FollowAsync(stream, log, StartingPoint(request), filter, null, cancellationToken));
    }

    private static async Task ListAsync(HttpContext context, IEventLog log, ListQuery query, EventFilter filter)
    {
        var part = await log.ReadPartAsync(StartingPoint(context.Request) ?? 0, query.Limit, filter, context.RequestAborted);
        // A filter may pass nothing of a long stretch: the part is then short or empty, and what follows is behind the cursor.
        var next = part.Events.Count == query.Limit || !part.IsLast ? part.LookedTo.ToString(CultureInfo.InvariantCulture) : null;
        await context.Response.WriteAsJsonAsync(new Page<VigilEvent>(part.Events, next), JsonSerializerOptions.Web, context.RequestAborted);
    }

    private static bool WantsList(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) && !accept.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The header is what a browser's reconnect sends: it knows better than the address, which is that of the first connection.</summary>
    internal static long? StartingPoint(HttpRequest request)
    {
        var (text, name) = request.Headers["Last-Event-ID"] is [{ Length: > 0 } header] ? (header, "Last-Event-ID") : (ListQuery.Text(request, "after"), "after");
        if (text is null)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new FaultException(new Fault("bad_parameter", $"{name} is no event id.", "Send the id of the last event that you have seen, or 0.", name));
    }

    private static EventFilter Filter(HttpRequest request, Caller caller)
    {
        IReadOnlyCollection<string>? agents = caller.Agents is { } limit ? [.. limit.Select(agent => agent.Value)] : null;
        if (ListQuery.Text(request, "agent") is { } name)
        {
            if (!AgentId.TryParse(name, null, out var agent) || !caller.MaySee(agent))
                throw new FaultException(Caller.NoSuchAgent(name));
            agents = [agent.Value];
        }
        return new EventFilter(agents, ListQuery.Text(request, "work"), ListQuery.Text(request, "type"));
    }
}
