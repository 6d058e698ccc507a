using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Vigil.Agents;
using Vigil.Cron;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Cron;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Cron;

/// <summary>Schedules: the list, the coming week, and one in full with its form.</summary>
internal static class SchedulesPages
{
    private const int PageSize = 50;
    private const int HistoryShown = 20;
    private const int DaysShown = 7;

    /// <summary>One that fires more often is told by its first slot of a day and by that.</summary>
    public const int SlotsCounted = 100;

    public static void MapSchedulesPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/schedules", ListAsync).AsPage();
        routes.MapGet("/schedules/new", New).AsPage();
        routes.MapGet("/schedules/{id}", ShowAsync).AsPage();
        routes.MapPost("/schedules", AddAsync).AsForm();
        routes.MapPost("/schedules/preview", PreviewAsync).AsForm();
        routes.MapPost("/schedules/{id}", EditAsync).AsForm();
        routes.MapPost("/schedules/{id}/run", RunAsync).AsForm();
        routes.MapPost("/schedules/{id}/enable", EnableAsync).AsForm();
        routes.MapPost("/schedules/{id}/disable", DisableAsync).AsForm();
        routes.MapPost("/schedules/{id}/remove", RemoveAsync).AsForm();
    }

    private static async Task<IResult> ListAsync(HttpContext context, IScheduleStore store, IAgentRegistry agents, PageFrames frames, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = PageQuery.Read(context.Request, "agent", "all");
        var filter = new ScheduleFilter { Agents = AgentsSeen.By(Caller.Of(context), query["agent"]), IncludeEnded = query["all"] == "1" };
        var page = await store.ListAsync(filter, query["after"], PageSize, cancellationToken);
        return PageAnswer.Show<SchedulesPage, SchedulesModel>(new SchedulesModel(page.Items, page.Next, Week(page.Items, frames.Zone, time.GetUtcNow()), Names(context, agents), query));
    }

    private static List<CalendarDay> Week(IReadOnlyList<Schedule> items, DateTimeZone zone, DateTimeOffset now)
    {
        var times = items.Where(one => one is { Enabled: true, NextAt: not null }).Select(one => (Schedule: one, one.ReadTime().Time)).Where(one => one.Time is not null).ToList();
        var today = Instant.FromDateTimeOffset(now).InZone(zone).Date;
        return [.. Enumerable.Range(0, DaysShown).Select(today.PlusDays).Select(day => new CalendarDay(day, [.. times.Select(one => OnDay(one.Schedule, one.Time!, day, zone)).OfType<CalendarSlot>().OrderBy(slot => slot.At)]))];
    }

    /// <summary>The next slot stands in the row; those after it follow from the time.</summary>
    private static CalendarSlot? OnDay(Schedule schedule, ScheduleTime time, LocalDate day, DateTimeZone zone)
    {
        var next = Instant.FromDateTimeOffset(schedule.NextAt!.Value);
        var (start, end) = (zone.AtStartOfDay(day).ToInstant(), zone.AtStartOfDay(day.PlusDays(1)).ToInstant());
        Instant? first = next >= start ? next : time.Next(start - Duration.Epsilon)?.At;
        if (first is not { } at || at >= end)
            return null;
        var times = 1;
        for (var slot = time.Next(at); slot is { } due && due.At < end && times <= SlotsCounted; slot = time.Next(due.At))
            times++;
        return new CalendarSlot(schedule, at.ToDateTimeOffset(), times);
    }

    private static IResult New(HttpContext context, IAgentRegistry agents, Schedules schedules, TimeProvider time, string? agent)
    {
        var names = Names(context, agents);
        var form = new ScheduleForm { Agent = names.FirstOrDefault(name => name == agent) ?? (names.Contains(AgentId.Main.Value) ? AgentId.Main.Value : names.FirstOrDefault() ?? ""), When = "0 8 * * 1-5" };
        return Page(Previewed(new ScheduleModel { Form = form, Agents = names }, schedules, time));
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, string? after, IScheduleStore store, Schedules schedules, IWorkStore works, IAgentRegistry agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var schedule = await CronEndpoints.FindAsync(context, id, store, cancellationToken);
        return Page(Previewed(await ModelAsync(context, schedule, ScheduleForm.Of(schedule), after, works, agents, cancellationToken), schedules, time));
    }

    private static async Task<IResult> PreviewAsync(HttpContext context, IScheduleStore store, Schedules schedules, IAgentRegistry agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var fields = await context.Request.ReadFormAsync(cancellationToken);
        var schedule = fields["id"] is [{ Length: > 0 } id] ? await CronEndpoints.FindAsync(context, id, store, cancellationToken) : null;
        return Page(Previewed(new ScheduleModel { Schedule = schedule, Form = ScheduleForm.Read(fields), Agents = Names(context, agents) }, schedules, time));
    }

    private static async Task<IResult> AddAsync(HttpContext context, Schedules schedules, IAgentRegistry agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var form = ScheduleForm.Read(await context.Request.ReadFormAsync(cancellationToken));
        var request = form.ToRequest(null);
        if (AgentId.TryParse(request.Agent, null, out var named))
            Caller.Of(context).Require(named);
        Caller.Of(context).RequireModel(request.Model);
        var answer = await schedules.AddAsync(request, cancellationToken);
        return answer.Schedule is { } added
            ? PageAnswer.GoTo($"/schedules/{added.Id}", $"Planned: {added.Time.Describe()}.")
            : Page(Previewed(new ScheduleModel { Form = form, Agents = Names(context, agents), Faults = answer.Faults }, schedules, time));
    }

    private static async Task<IResult> EditAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, IWorkStore works, IAgentRegistry agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var schedule = await CronEndpoints.FindAsync(context, id, store, cancellationToken);
        var form = ScheduleForm.Read(await context.Request.ReadFormAsync(cancellationToken));
        if (form.ToRequest(schedule) is { } request && request.Model != schedule.Model)
            Caller.Of(context).RequireModel(request.Model);
        var answer = await schedules.EditAsync(schedule, form.ToRequest(schedule), cancellationToken);
        if (answer.Schedule is not null)
            return PageAnswer.GoTo($"/schedules/{schedule.Id}", "Saved.");
        var model = await ModelAsync(context, schedule, form, null, works, agents, cancellationToken);
        return Page(Previewed(model with { Faults = answer.Faults }, schedules, time));
    }

    private static async Task<IResult> RunAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
    {
        var (admission, fault) = await schedules.RunAsync(await CronEndpoints.FindAsync(context, id, store, cancellationToken), force: true, dedupeKey: null, cancellationToken);
        return admission is null ? throw new FaultException(fault!) : PageAnswer.GoTo($"/work/{admission.Work.Id}", "Asked for. The plan does not move.");
    }

    private static async Task<IResult> EnableAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
        => await BackAsync(context, await schedules.EnableAsync((await CronEndpoints.FindAsync(context, id, store, cancellationToken)).Id, cancellationToken), id, "It goes on from now; nothing is caught up.");

    private static async Task<IResult> DisableAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
        => await BackAsync(context, await schedules.DisableAsync((await CronEndpoints.FindAsync(context, id, store, cancellationToken)).Id, cancellationToken), id, "It rests until it is enabled again.");

    private static async Task<IResult> RemoveAsync(HttpContext context, string id, IScheduleStore store, Schedules schedules, CancellationToken cancellationToken)
    {
        var schedule = await CronEndpoints.FindAsync(context, id, store, cancellationToken);
        await schedules.RemoveAsync(schedule, cancellationToken);
        return PageAnswer.GoTo("/schedules", $"{schedule.Name} is removed. What it did stays readable under Work.");
    }

    private static async Task<IResult> BackAsync(HttpContext context, ScheduleAnswer answer, string id, string done)
        => PageAnswer.GoTo(PageAnswer.ReturnPath(await context.Request.ReadFormAsync(context.RequestAborted), $"/schedules/{id}"), answer.Schedule is null ? $"{answer.Faults[0].Message} {answer.Faults[0].Hint}" : done);

    private static async Task<ScheduleModel> ModelAsync(HttpContext context, Schedule schedule, ScheduleForm form, string? after, IWorkStore works, IAgentRegistry agents, CancellationToken cancellationToken)
    {
        var filter = new WorkFilter { Sources = [WorkSources.Cron], Origin = schedule.Id, Agents = Caller.Of(context).Agents };
        var history = await works.ListAsync(filter, after, HistoryShown, cancellationToken);
        return new ScheduleModel { Schedule = schedule, Form = form, History = history.Items, OlderHistory = history.Next, Agents = Names(context, agents) };
    }

    /// <summary>The model with what its time would lead to. Nothing is stored.</summary>
    private static ScheduleModel Previewed(ScheduleModel model, Schedules schedules, TimeProvider time)
    {
        var agent = AgentId.TryParse(model.Form.Agent, null, out var named) ? named : (AgentId?)null;
        var now = time.GetUtcNow();
        if (model.Schedule is { } schedule && model.Form.IsTimeOf(schedule))
        {
            var (kept, unreadable) = schedule.ReadTime();
            if (kept is null)
                return model with { Faults = [.. model.Faults, unreadable!] };
            return model with
            {
                TimeInWords = kept.Describe(),
                Coming = schedule.NextAt is { } next ? schedules.Preview(kept, schedule.Agent, next.AddMilliseconds(-1), ScheduleView.PreviewCount) : [],
            };
        }
        var (when, faults) = schedules.Read(model.Form.Spec, agent);
        // What the save has found already is not told twice.
        var known = model.Faults.Select(fault => fault.Code).ToHashSet();
        return when is null
            ? model with { Faults = [.. model.Faults, .. faults.Where(fault => !known.Contains(fault.Code))] }
            : model with { TimeInWords = when.Describe(), Coming = schedules.Preview(when, agent, now, ScheduleView.PreviewCount) };
    }

    private static IResult Page(ScheduleModel model) => PageAnswer.Show<SchedulePage, ScheduleModel>(model, at: model.Schedule is { } schedule ? $"/schedules/{schedule.Id}" : "/schedules/new");

    private static List<string> Names(HttpContext context, IAgentRegistry agents) => [.. (Caller.Of(context).Agents ?? agents.Ids(null, AgentPick.Offered)).Select(agent => agent.Value)];
}
