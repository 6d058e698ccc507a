using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Heartbeat;
using Vigil.Heartbeat;

namespace Vigil.Gateway.Dashboard.Beats;

/// <summary>Heartbeats: how they stand, pause, resume, a beat now, and the checklist with the plan that it leads to.</summary>
internal static class HeartbeatsPages
{
    private const int PageSize = 20;

    public static void MapHeartbeatsPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/heartbeats", ListAsync).AsPage();
        routes.MapGet("/heartbeats/{agent}", ShowAsync).AsPage();
        routes.MapPost("/heartbeats/{agent}/run", RunAsync).AsForm();
        routes.MapPost("/heartbeats/{agent}/pause", PauseAsync).AsForm();
        routes.MapPost("/heartbeats/{agent}/resume", ResumeAsync).AsForm();
        routes.MapPost("/heartbeats/{agent}/checklist", SaveAsync).AsForm();
        routes.MapPost("/heartbeats/{agent}/preview", PreviewAsync).AsForm();
    }

    private static async Task<IResult> ListAsync(HttpContext context, IAgentRegistry agents, AgentSearch search, Heartbeats heartbeats, string? find, string? after, CancellationToken cancellationToken)
    {
        var all = search.By(Caller.Of(context), find);
        var shown = all.Where(id => after is null || string.CompareOrdinal(id.Value, after) > 0).Take(PageSize + 1).ToList();
        List<HeartbeatRow> rows = [];
        foreach (var agent in shown.Take(PageSize))
            rows.Add(await RowAsync(agent, agents.Find(agent), heartbeats, cancellationToken));
        return PageAnswer.Show<HeartbeatsPage, HeartbeatsModel>(new HeartbeatsModel(rows, shown.Count > PageSize ? shown[PageSize - 1].Value : null, AgentSearch.Words(find), rows.Count < all.Count, after is not null));
    }

    private static async Task<HeartbeatRow> RowAsync(AgentId agent, AgentLookup found, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        if (found.Profile is not { } profile)
            return new HeartbeatRow(agent, null, null, 0, null, found.Fault!.Message);
        var status = await heartbeats.StatusAsync(profile, cancellationToken);
        try
        {
            var checks = await heartbeats.StateAsync(profile, cancellationToken);
            return new HeartbeatRow(agent, profile.Name, status, checks.Count, checks.Min(check => check.NextDue), null);
        }
        catch (ChecklistException unreadable)
        {
            return new HeartbeatRow(agent, profile.Name, status, 0, null, unreadable.Message);
        }
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, ChecklistEditor editor, CancellationToken cancellationToken)
    {
        var profile = HeartbeatEndpoints.Profile(context, agent, agents);
        try
        {
            var text = await editor.ReadAsync(profile.Id, cancellationToken);
            return await PageAsync(profile, heartbeats, text.Text, text.Version, null, isDraft: false, cancellationToken);
        }
        catch (FaultException unreadable)
        {
            return await PageAsync(profile, heartbeats, "", "", unreadable.Fault, isDraft: false, cancellationToken);
        }
    }

    private static async Task<IResult> PreviewAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var profile = HeartbeatEndpoints.Profile(context, agent, agents);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        return await PageAsync(profile, heartbeats, form["text"].ToString(), form["version"].ToString(), null, isDraft: true, cancellationToken);
    }

    private static async Task<IResult> SaveAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, ChecklistEditor editor, CancellationToken cancellationToken)
    {
        var profile = HeartbeatEndpoints.Profile(context, agent, agents);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var text = form["text"].ToString();
        if (await editor.WriteAsync(profile.Id, text, form["version"].ToString(), cancellationToken) is not { } refused)
            return PageAnswer.GoTo($"/heartbeats/{agent}", "Saved. It holds from the next beat on.");
        // What was written stays in the editor; the version is that of now, so that saving again is a decision.
        var now = await editor.ReadAsync(profile.Id, cancellationToken);
        return await PageAsync(profile, heartbeats, text, now.Version, refused, isDraft: true, cancellationToken, now.Text == text ? null : now.Text);
    }

    private static async Task<IResult> PageAsync(AgentProfile profile, Heartbeats heartbeats, string text, string version, Fault? problem, bool isDraft, CancellationToken cancellationToken, string? stored = null)
    {
        BeatOutlook? outlook = null;
        try
        {
            outlook = await heartbeats.PlanAsync(profile, text, cancellationToken);
        }
        catch (FaultException tooLarge)
        {
            problem ??= tooLarge.Fault;
        }
        var model = new HeartbeatModel
        {
            Profile = profile,
            Status = await heartbeats.StatusAsync(profile, cancellationToken),
            Outlook = outlook,
            Probes = await heartbeats.ProbesAsync(profile, cancellationToken),
            Text = text,
            Version = version,
            Stored = stored,
            Problem = problem is null ? null : $"{problem.Message} {problem.Hint}",
            IsDraft = isDraft,
        };
        return PageAnswer.Show<HeartbeatPage, HeartbeatModel>(model, problem is null ? StatusCodes.Status200OK : isDraft ? FaultStatus.Of(problem.Kind) : StatusCodes.Status200OK, $"/heartbeats/{profile.Id}");
    }

    private static async Task<IResult> RunAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, Wakes wakes, CancellationToken cancellationToken)
    {
        var profile = HeartbeatEndpoints.Profile(context, agent, agents);
        var reason = (await context.Request.ReadFormAsync(cancellationToken))["event"].ToString().Trim();
        if (reason.Length > Wakes.LongestText)
            return PageAnswer.GoTo($"/heartbeats/{agent}", string.Create(CultureInfo.InvariantCulture, $"That has {reason.Length} characters; at most {Wakes.LongestText} are taken."));
        var work = reason.Length == 0
            ? await heartbeats.RunAsync(profile, cancellationToken)
            : (await wakes.WakeAsync(profile, reason, "run", urgent: false, key: null, cancellationToken)).Work;
        return PageAnswer.GoTo($"/work/{work.Id}", "Asked for. It passes the same gates as a slot of the grid.");
    }

    private static async Task<IResult> PauseAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, TimeProvider time, PageFrames frames, CancellationToken cancellationToken)
    {
        var profile = HeartbeatEndpoints.Profile(context, agent, agents);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var typed = form["until"].ToString().Trim();
        try
        {
            var pause = await heartbeats.PauseAsync(profile, typed.Length > 0 ? Typed(typed, frames.Zone) : Until(form["for"].ToString(), frames.Zone, time), cancellationToken);
            return await BackAsync(context, agent, pause.Until is { } until ? $"{agent} pauses until {Local.Minute(until, frames.Zone)}." : $"{agent} pauses until you resume it.");
        }
        catch (FaultException refused)
        {
            return await BackAsync(context, agent, $"{refused.Fault.Message} {refused.Fault.Hint}");
        }
    }

    private static async Task<IResult> ResumeAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        await heartbeats.ResumeAsync(HeartbeatEndpoints.Profile(context, agent, agents), cancellationToken);
        return await BackAsync(context, agent, $"{agent} goes on with its next slot.");
    }

    private static async Task<IResult> BackAsync(HttpContext context, string agent, string flash)
        => PageAnswer.GoTo(PageAnswer.ReturnPath(await context.Request.ReadFormAsync(context.RequestAborted), $"/heartbeats/{agent}"), flash);

    // The page shows the person's times, wherever the agent lives.
    private static string? Until(string choice, DateTimeZone zone, TimeProvider time) => choice switch
    {
        "tomorrow" => Wire(zone.AtLeniently(Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(zone).Date.PlusDays(1).At(new LocalTime(8, 0))).ToDateTimeOffset()),
        "1h" or "4h" => choice,
        _ => null,
    };

    private static string Typed(string text, DateTimeZone zone) => TypedTime.In(zone, text) is { } at ? Wire(at) : text;

    private static string Wire(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
