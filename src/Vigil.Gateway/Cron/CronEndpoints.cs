using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Cron;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Works;
using Vigil.Keys;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Gateway.Cron;

/// <summary>Schedules over HTTP. A schedule is named by its id, or by its name where that is the name of one alone.</summary>
internal static class CronEndpoints
{
    private const int MostSlots = 100;

    public static void MapCron(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/cron").RequireScope(KeyScopes.Admin).WithTags("cron");
        group.MapPost("", AddAsync).WithSummary("Add a schedule; answers with its id, its time in words and the next five slots.").Accepts<ScheduleBody>("application/json").Produces<ScheduleView>(201).MayConflict();
        group.MapGet("", ListAsync).WithSummary("Schedules, oldest first; one-shots that are over only with ?all=true.").Produces<Page<ScheduleView>>().ReadsList("agent", "name", "all");
        group.MapGet("/next", Preview).WithSummary("The slots of a time, without storing anything: ?cron=…|every=…|at=…&timezone=&from=&count=.").Produces<PreviewView>().ReadsQuery("at", "every", "cron", "timezone", "from", "count", "agent");
        var one = group.MapGroup("/{id}").ReadsQuery("agent").MayConflict();
        one.MapGet("", ShowAsync).WithSummary("One schedule with its next five slots.").Produces<ScheduleView>();
        one.MapGet("/next", NextAsync).WithSummary("The slots of a schedule: ?from=&count=.").Produces<PreviewView>().ReadsQuery("from", "count");
        one.MapGet("/history", HistoryAsync).WithSummary("What became of its slots, newest first; also after it was removed.").Produces<Page<ExecutionView>>().ReadsList();
        one.MapPatch("", EditAsync).WithSummary("Change it in part. A new time gives a new preview; anything else leaves the slots as they are.").Accepts<ScheduleBody>("application/json").Produces<ScheduleView>();
        one.MapDelete("", RemoveAsync).WithSummary("Remove it; its history stays.").Produces(204);
        one.MapPost("/enable", EnableAsync).WithSummary("Go on from now; nothing is caught up.").Produces<ScheduleView>();
        one.MapPost("/disable", DisableAsync).WithSummary("No slot comes until it is enabled again.").Produces<ScheduleView>();
        one.MapPost("/run", RunAsync).WithSummary("One extra work now; the plan stays as it is.").Accepts<ExtraRunBody>(true, "application/json").Produces<WorkView>(202);
    }

    private static async Task<IResult> AddAsync(HttpContext context, Schedules schedules, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<ScheduleBody>(context.Request, cancellationToken);
        var request = body.ToRequest();
        var caller = Caller.Of(context);
        if (AgentId.TryParse(request.Agent, null, out var named))
            caller.Require(named);
        caller.RequireModel(request.Model);
        // A key for one agent alone implies the agent.
        if (request.Agent is null && caller.Agents is [var only])
            request = request with { Agent = only.Value };
        if (caller.IsLimited && request.Agent is null)
            throw new FaultException(new Fault("agent_missing", "This key is limited to agents, so the schedule must name one of them.", "Send \"agent\".", "agent"));
        var answer = await schedules.AddAsync(request, cancellationToken);
        if (answer.Schedule is not { } schedule)
            return await RefuseAsync(context, answer.Faults);
        context.Response.Headers.Location = $"/api/cron/{schedule.Id}";
        return Results.Json(ScheduleView.Of(schedule, schedules), WireJson.Options, statusCode: 201);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IScheduleStore store, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request, "agent", "name", "all");
        var filter = new ScheduleFilter
        {
            Agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(context.Request, "agent")),
            Name = ListQuery.Text(context.Request, "name"),
            IncludeEnded = ListQuery.Text(context.Request, "all") is "true" or "1",
        };
        var page = await store.ListAsync(filter, query.After, query.Limit, cancellationToken);
        return Results.Json(new Page<ScheduleView>([.. page.Items.Select(schedule => ScheduleView.Of(schedule))], page.Next), WireJson.Options);
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
        => Results.Json(ScheduleView.Of(await FindAsync(context, id, store, cancellationToken), schedules), WireJson.Options);

    private static async Task<IResult> Preview(HttpContext context, Schedules schedules, TimeProvider time)
    {
        var request = context.Request;
        ListQuery.Read(request, "at", "every", "cron", "timezone", "from", "count", "agent");
        var agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(request, "agent"));
        var agent = ListQuery.Text(request, "agent") is null ? (AgentId?)null : agents!.First();
        var from = From(request) ?? time.GetUtcNow();
        var spec = new ScheduleSpec { At = ListQuery.Text(request, "at"), Every = ListQuery.Text(request, "every"), Cron = ListQuery.Text(request, "cron"), Timezone = ListQuery.Text(request, "timezone") };
        var (when, faults) = schedules.Read(spec, agent, from);
        if (when is null)
            return await RefuseAsync(context, faults);
        var zone = when switch { ScheduleTime.Cron cron => cron.Zone.Id, ScheduleTime.At at => at.Zone.Id, _ => null };
        return Results.Json(new PreviewView(when.Describe(), zone, [.. schedules.Preview(when, agent, from, Count(request)).Select(SlotView.Of)]), WireJson.Options);
    }

    private static async Task<IResult> NextAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, TimeProvider time, CancellationToken cancellationToken)
    {
        ListQuery.Read(context.Request, "from", "count", "agent");
        var schedule = await FindAsync(context, id, store, cancellationToken);
        var (when, unreadable) = schedule.ReadTime();
        if (when is null)
            throw new FaultException(unreadable!);
        var slots = schedules.Preview(when, schedule.Agent, From(context.Request) ?? time.GetUtcNow(), Count(context.Request));
        return Results.Json(new PreviewView(when.Describe(), schedule.When.Zone, [.. slots.Select(SlotView.Of)]), WireJson.Options);
    }

    private static async Task<IResult> HistoryAsync(HttpContext context, string id, IScheduleStore store, IWorkStore works, INotificationStore notifications, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request, "agent");
        var caller = Caller.Of(context);
        var origin = id.StartsWith(Schedule.IdPrefix, StringComparison.Ordinal) && await store.GetAsync(id, cancellationToken) is null
            ? id
            : (await FindAsync(context, id, store, cancellationToken)).Id;
        var filter = new WorkFilter { Sources = [WorkSources.Cron], Origin = origin, Agents = caller.Agents };
        var page = await works.ListAsync(filter, query.After, query.Limit, cancellationToken);
        if (page.Items.Count == 0 && origin == id && await store.GetAsync(id, cancellationToken) is null)
            throw new FaultException(Schedules.NotFound(id));
        var items = new List<ExecutionView>(page.Items.Count);
        foreach (var work in page.Items)
        {
            var said = new List<Notification>();
            foreach (var notification in work.Notifications)
            {
                if (await notifications.GetAsync(notification, cancellationToken) is { } found)
                    said.Add(found);
            }
            items.Add(ExecutionView.Of(work, said));
        }
        return Results.Json(new Page<ExecutionView>(items, page.Next), WireJson.Options);
    }

    private static async Task<IResult> EditAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
    {
        context.Request.EnableBuffering();
        await StrictJson.ReadAsync<ScheduleBody>(context.Request, cancellationToken);
        context.Request.Body.Position = 0;
        var patch = await StrictJson.ObjectAsync(context.Request, cancellationToken);
        var schedule = await FindAsync(context, id, store, cancellationToken);
        var request = ScheduleBody.Patched(schedule, patch).ToRequest();
        if (patch.ContainsKey("model"))
            Caller.Of(context).RequireModel(request.Model);
        var answer = await schedules.EditAsync(schedule, request, cancellationToken);
        return await AnswerAsync(context, answer, schedules);
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
    {
        await schedules.RemoveAsync(await FindAsync(context, id, store, cancellationToken), cancellationToken);
        return Results.NoContent();
    }

    private static async Task<IResult> EnableAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
        => await AnswerAsync(context, await schedules.EnableAsync((await FindAsync(context, id, store, cancellationToken)).Id, cancellationToken), schedules);

    private static async Task<IResult> DisableAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
        => await AnswerAsync(context, await schedules.DisableAsync((await FindAsync(context, id, store, cancellationToken)).Id, cancellationToken), schedules);

    private static async Task<IResult> RunAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadOptionalAsync<ExtraRunBody>(context.Request, cancellationToken);
        var schedule = await FindAsync(context, id, store, cancellationToken);
        var (admission, fault) = await schedules.RunAsync(schedule, body?.Force == true, VigilHeaders.Read(context.Request).IdempotencyKey, cancellationToken);
        if (admission is null)
            throw new FaultException(fault!);
        context.Response.Headers.Location = $"/api/work/{admission.Work.Id}";
        return Results.Json(WorkView.Of(admission.Work), WireJson.Options, statusCode: 202);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, ScheduleAnswer answer, Schedules schedules)
        => answer.Schedule is { } schedule
            ? Results.Json(ScheduleView.Of(schedule, schedules), WireJson.Options)
            : await RefuseAsync(context, answer.Faults);

    /// <exception cref="FaultException">There is none, it is not this caller's to see, or several have the name.</exception>
    internal static async Task<Schedule> FindAsync(HttpContext context, string id, IScheduleStore store, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        if (id.StartsWith(Schedule.IdPrefix, StringComparison.Ordinal))
            return await store.GetAsync(id, cancellationToken) is { } found && caller.MaySee(found.Agent) ? found : throw new FaultException(Schedules.NotFound(id));
        var agents = AgentsSeen.By(caller, ListQuery.Text(context.Request, "agent"));
        var named = (await store.ListAsync(new ScheduleFilter { Agents = agents, Name = id, IncludeEnded = true }, null, 10, cancellationToken)).Items;
        if (named.Count == 1)
            return named[0];
        if (named.Count > 1)
        {
            throw new FaultException(new Fault("name_ambiguous", $"Several agents have a schedule named '{id}': {string.Join(", ", named.Select(one => $"{one.Agent} ({one.Id})"))}.",
                "Say which agent's, or give the id.", "agent") { Kind = FaultKind.Conflict });
        }
        var known = (await store.ListAsync(new ScheduleFilter { Agents = agents, IncludeEnded = true }, null, 1000, cancellationToken)).Items;
        var near = Nearest.To(id, known.Select(one => one.Name));
        throw new FaultException(near is null ? Schedules.NotFound(id) : Schedules.NotFound(id) with { Hint = $"Did you mean '{near}'?" });
    }

    private static DateTimeOffset? From(HttpRequest request)
    {
        if (ListQuery.Text(request, "from") is not { } text)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            ? from
            : throw new FaultException(new Fault("bad_parameter", $"The parameter 'from' is '{text}'.", "Send an instant, for example 2026-03-29T00:00:00Z.", "from"));
    }

    private static int Count(HttpRequest request)
    {
        if (ListQuery.Text(request, "count") is not { } text)
            return ScheduleView.PreviewCount;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostSlots
            ? count
            : throw new FaultException(new Fault("bad_parameter", $"The parameter 'count' is '{text}'.", $"Send a number from 1 to {MostSlots}.", "count"));
    }

    private static async Task<IResult> RefuseAsync(HttpContext context, IReadOnlyList<Fault> faults)
    {
        await ErrorList.WriteAsync(context, faults);
        return Results.Empty;
    }
}
