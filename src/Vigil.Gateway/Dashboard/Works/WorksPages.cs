using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Vigil.Agents;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Gateway.Works;
using Vigil.Notify;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Works;

/// <summary>Works: the list with its filters, and one in full.</summary>
internal static class WorksPages
{
    private const int PageSize = 50;

    public static void MapWorksPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/work", ListAsync).AsPage();
        routes.MapGet("/work/{id}", ShowAsync).AsPage();
        routes.MapPost("/work/{id}/cancel", CancelAsync).AsForm();
        routes.MapPost("/work/{id}/retry", RetryAsync).AsForm();
    }

    private static async Task<IResult> ListAsync(HttpContext context, IWorkStore store, IAgentRegistry agents, PageFrames frames, CancellationToken cancellationToken)
    {
        var query = PageQuery.Read(context.Request, "agent", "source", "outcome", "reason", "from", "to", "parent");
        var caller = Caller.Of(context);
        var problems = new List<string>();
        var filter = new WorkFilter
        {
            Agents = AgentsSeen.By(caller, query["agent"]),
            Sources = query["source"] is { } source ? [source] : null,
            Outcomes = Words.Parse<Outcome>(query["outcome"]) is { } outcome ? [outcome] : null,
            States = Words.Parse<WorkState>(query["outcome"]) is { } state ? [state] : null,
            Reason = query["reason"],
            ParentId = query["parent"],
            From = At(query["from"], frames.Zone, problems),
            To = At(query["to"], frames.Zone, problems),
        };
        if (query["outcome"] is { } word && filter.Outcomes is null && filter.States is null)
            problems.Add($"'{word}' is no outcome, so works of every outcome are shown.");
        var page = await store.ListAsync(filter, query["after"], PageSize, cancellationToken);
        var names = (caller.Agents ?? agents.Ids(null, AgentPick.Offered)).Select(agent => agent.Value).ToList();
        return PageAnswer.Show<WorksPage, WorksModel>(new WorksModel(page.Items, page.Next, names, query, problems.FirstOrDefault()));
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, IWorkStore store, IRunStore runs, IAgentRegistry agents, Why why, INotificationStore notifications, CancellationToken cancellationToken)
    {
        var work = await WorkEndpoints.FindAsync(context, id, store, cancellationToken);
        List<Notification> said = [];
        foreach (var one in work.Notifications)
            if (await notifications.GetAsync(one, cancellationToken) is { } found)
                said.Add(found);
        return PageAnswer.Show<WorkPage, WorkModel>(new WorkModel(work, agents.Find(work.Agent).Profile?.Name ?? work.Agent.Value, await runs.OfWorkAsync(id, cancellationToken), (await why.OfWorkAsync(id, cancellationToken)) ?? [], said));
    }

    private static async Task<IResult> CancelAsync(HttpContext context, string id, IWorkStore store, WorkControl control, CancellationToken cancellationToken)
    {
        await WorkEndpoints.FindAsync(context, id, store, cancellationToken);
        return PageAnswer.GoTo($"/work/{id}", await control.CancelAsync(id, cancellationToken) switch
        {
            CancelResult.Cancelled => "Cancelled.",
            CancelResult.Requested => "Its run is asked to stop; that takes about a second.",
            _ => "It had ended already.",
        });
    }

    private static async Task<IResult> RetryAsync(HttpContext context, string id, IWorkStore store, WorkControl control, CancellationToken cancellationToken)
    {
        await WorkEndpoints.FindAsync(context, id, store, cancellationToken);
        return PageAnswer.GoTo($"/work/{id}", await control.RetryAsync(id, cancellationToken) == RetryResult.Waiting
            ? "It is tried again, with a fresh journal."
            : "Only works that failed or were cancelled can be tried again.");
    }

    private static DateTimeOffset? At(string? text, DateTimeZone zone, List<string> problems)
    {
        if (text is null)
            return null;
        if (TypedTime.In(zone, text) is { } typed)
            return typed;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            return instant;
        problems.Add($"'{text}' is no time; write for example 2026-03-29T08:00.");
        return null;
    }
}
