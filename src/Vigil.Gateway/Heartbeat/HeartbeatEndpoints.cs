using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Works;
using Vigil.Heartbeat;
using Vigil.Keys;
using Vigil.Work;

namespace Vigil.Gateway.Heartbeat;

/// <summary>What <c>POST /api/heartbeats/{agent}/run</c> takes.</summary>
/// <param name="Event">A reason of its own for the beat.</param>
/// <param name="Urgent">Passes the active hours.</param>
public sealed record RunBody(string? Event = null, bool Urgent = false);

/// <summary>What <c>POST /api/heartbeats/{agent}/pause</c> takes.</summary>
/// <param name="Until">A time of day, a local time, an instant or a span; without it until resumed.</param>
public sealed record PauseBody(string? Until = null);

/// <summary>Whether an agent's heartbeat is paused.</summary>
/// <param name="Timezone">The agent's, in which a time of day was understood.</param>
public sealed record PauseView(string Agent, bool Paused, DateTimeOffset? Until, string Timezone);

/// <summary>How the checks of an agent stand.</summary>
public sealed record StateView(string Agent, IReadOnlyList<CheckStanding> Checks, string Timezone);

/// <summary>The heartbeat over HTTP: how it stands and what comes, run now, pause, resume.</summary>
internal static class HeartbeatEndpoints
{
    public static void MapHeartbeats(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/heartbeats").RequireScope(KeyScopes.Admin).WithTags("heartbeat");
        group.MapGet("", ListAsync).WithSummary("How the heartbeat of each agent stands.").Produces<Page<BeatStatus>>().ReadsList();
        group.MapGet("/{agent}", StatusAsync).WithSummary("How one agent's heartbeat stands.").Produces<BeatStatus>();
        group.MapGet("/{agent}/plan", PlanAsync).WithSummary("Coming slots, how each check was understood and when it is next due.").Produces<BeatOutlook>();
        group.MapGet("/{agent}/state", StateAsync).WithSummary("What is known of each check: last run, result, next due, what its probe saw.").Produces<StateView>();
        group.MapPost("/{agent}/run", RunAsync).WithSummary("A beat now, through the gates of a slot. With ?wait=30s the finished work.").Accepts<RunBody>(true, "application/json").Produces<WorkView>(202).Produces<WorkView>().ReadsQuery("wait").ReadsHeaders(VigilHeaders.IdempotencyKeyName);
        group.MapPost("/{agent}/pause", PauseAsync).WithSummary("No beats until a time, or until resumed.").Accepts<PauseBody>(true, "application/json").Produces<PauseView>();
        group.MapPost("/{agent}/resume", ResumeAsync).WithSummary("Ends a pause; the next beat is the next slot.").Produces<PauseView>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request);
        var caller = Caller.Of(context);
        var seen = new List<BeatStatus>();
        string? next = null;
        foreach (var agent in agents.Ids(query.After).Where(caller.MaySee))
        {
            if (seen.Count == query.Limit)
            {
                next = seen[^1].Agent;
                break;
            }
            // A broken agent has no heartbeat to show; GET /api/agents says what is wrong with it.
            if (agents.Find(agent).Profile is { } profile)
                seen.Add(await heartbeats.StatusAsync(profile, cancellationToken));
        }
        return Results.Json(new Page<BeatStatus>(seen, next), WireJson.Options);
    }

    private static async Task<IResult> StatusAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
        => Results.Json(await heartbeats.StatusAsync(Profile(context, agent, agents), cancellationToken), WireJson.Options);

    private static async Task<IResult> PlanAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var profile = Profile(context, agent, agents);
        return Results.Json(await ReadableAsync(() => heartbeats.PlanAsync(profile, cancellationToken)), WireJson.Options);
    }

    private static async Task<IResult> StateAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var profile = Profile(context, agent, agents);
        return Results.Json(new StateView(agent, await ReadableAsync(() => heartbeats.StateAsync(profile, cancellationToken)), profile.Timezone), WireJson.Options);
    }

    private static async Task<IResult> RunAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, Wakes wakes, IWorkStore store, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var profile = Profile(context, agent, agents);
        var body = await StrictJson.ReadOptionalAsync<RunBody>(context.Request, cancellationToken);
        var wait = WaitQuery.Read(context.Request);
        if (body is { Urgent: true, Event: null })
            throw new FaultException(new Fault("event_missing", "Only an event can be urgent.", "Say in \"event\" what happened.", "event"));
        // A text that came out empty, of a script's variable for instance, must not pass for a beat without an event.
        if (body is { Event: not null } && string.IsNullOrWhiteSpace(body.Event))
            throw new FaultException(new Fault("event_missing", "The event is blank.", "Say what happened, or leave the event away for an ordinary beat.", "event"));
        if (body is { Event: { } text })
            WakeEndpoints.ThrowIfTooLong(text, "event");
        var (work, replayed) = await AskedAsync(WakeEndpoints.KeyOf(context));
        if (replayed)
            context.Response.Headers["Idempotency-Replayed"] = "true";
        context.Response.Headers.Location = $"/api/work/{work.Id}";
        if (wait is { } limit)
            work = await WaitQuery.FinishedAsync(store, work.Id, limit, time, cancellationToken);
        return Results.Json(WorkView.Of(work), WireJson.Options, statusCode: work.State == WorkState.Finished ? 200 : 202);

        async Task<(AgentWork Work, bool Replayed)> AskedAsync(string? key)
        {
            if (body?.Event is null)
            {
                var beat = await heartbeats.RunAsync(profile, key, cancellationToken);
                return (beat.Work, !beat.Created);
            }
            var wake = await wakes.WakeAsync(profile, body.Event, "run", body.Urgent, key, cancellationToken);
            WakeEndpoints.ThrowIfConflict(wake);
            return (wake.Work, wake.Replayed);
        }
    }

    private static async Task<IResult> PauseAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var profile = Profile(context, agent, agents);
        var body = await StrictJson.ReadOptionalAsync<PauseBody>(context.Request, cancellationToken);
        var pause = await heartbeats.PauseAsync(profile, body?.Until, cancellationToken);
        return Results.Json(new PauseView(agent, true, pause.Until, profile.Timezone), WireJson.Options);
    }

    private static async Task<IResult> ResumeAsync(HttpContext context, string agent, IAgentRegistry agents, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var profile = Profile(context, agent, agents);
        await heartbeats.ResumeAsync(profile, cancellationToken);
        return Results.Json(new PauseView(agent, false, null, profile.Timezone), WireJson.Options);
    }

    /// <exception cref="FaultException">Unknown, broken, or out of the caller's sight.</exception>
    internal static AgentProfile Profile(HttpContext context, string agent, IAgentRegistry agents)
    {
        if (!AgentId.TryParse(agent, null, out var id))
            throw new FaultException(Caller.NoSuchAgent(agent));
        Caller.Of(context).Require(id);
        return agents.Find(id).Required();
    }

    private static async Task<T> ReadableAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (ChecklistException unreadable)
        {
            throw new FaultException(new Fault("checklist_unreadable", unreadable.Message, "Mend the file; beats fail until then.") { Kind = FaultKind.Conflict }, unreadable);
        }
    }
}
