using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;

namespace Vigil.Gateway.Agents;

/// <summary>Agents over HTTP: look at them, add, clone, remove.</summary>
internal static class AgentEndpoints
{
    private const int Named = 5;
    private const int MostStrays = 50;

    public static void MapAgents(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/agents").RequireScope(KeyScopes.Admin).WithTags("agents");
        group.MapGet("", ListAsync).WithSummary("Agents in the order of their ids: model, routes, schedules, heartbeat, cost today, what is broken.").Produces<AgentPage>().ReadsList();
        group.MapGet("/{id}", ShowAsync).WithSummary("One agent: its profile in force and who set each key, its files, routes and schedules.").Produces<AgentDetail>();
        group.MapPost("", AddAsync).WithSummary("Make an agent, from the starter or from another one. It answers at once.").Accepts<AgentBody>("application/json").Produces<AgentDetail>(201).MayConflict();
        group.MapPost("/{id}/clone", CloneAsync).WithSummary("Copy settings, persona, checklist and skills to a new agent; memory only when asked for.").Accepts<CloneBody>("application/json")
            .Produces<AgentDetail>(201).MayConflict();
        group.MapDelete("/{id}", RemoveAsync).WithSummary("Remove an agent, its routes and schedules; its files are moved aside. Needs ?yes=true; without it the answer says what would go.")
            .Produces<AgentRemoved>().ReadsQuery("yes").MayConflict();
    }

    private static async Task<IResult> ListAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request);
        var caller = Caller.Of(context);
        var ids = caller.IsLimited
            ? caller.Agents!.Where(agents.Exists).OrderBy(agent => agent.Value, StringComparer.Ordinal).SkipWhile(agent => query.After is { } after && string.CompareOrdinal(agent.Value, after) <= 0)
                .Take(query.Limit + 1).ToList()
            : agents.Ids(query.After, query.Limit + 1);
        var views = await survey.OfAsync([.. ids.Take(query.Limit)], cancellationToken);
        var strays = query.After is null && !caller.IsLimited ? agents.Strays.Take(MostStrays).Select(stray => stray.ToString()) : [];
        return Results.Json(new AgentPage(views, ids.Count > query.Limit ? views[^1].Id : null, [.. strays]), WireJson.Options);
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, IAgentRegistry agents, AgentSurvey survey, CancellationToken cancellationToken)
        => Results.Json(await survey.DetailAsync(Known(context, id, agents), cancellationToken), WireJson.Options);

    private static async Task<IResult> AddAsync(HttpContext context, IAgentRegistry agents, AgentRoster roster, AgentSurvey survey, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<AgentBody>(context.Request, cancellationToken);
        if (body.From is { } from)
        {
            if (body.Soul is not null)
                throw new FaultException(new Fault("soul_and_from", "A clone has the persona of its source.", "Send either \"soul\" or \"from\".", "soul"));
            return await CopiedAsync(context, Known(context, from, agents), body.Id, body.Memory, roster, survey, cancellationToken);
        }
        if (body.Memory)
            throw new FaultException(new Fault("memory_of_nobody", "There is no memory to copy without a source.", "Name the agent to copy in \"from\".", "memory"));
        var agent = New(context, body.Id);
        if (await roster.AddAsync(agent, body.Soul, cancellationToken) is { } fault)
            throw new FaultException(fault);
        return await MadeAsync(context, agent, survey, cancellationToken);
    }

    private static async Task<IResult> CloneAsync(HttpContext context, string id, IAgentRegistry agents, AgentRoster roster, AgentSurvey survey, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<CloneBody>(context.Request, cancellationToken);
        return await CopiedAsync(context, Known(context, id, agents), body.Id, body.Memory, roster, survey, cancellationToken);
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, string id, IAgentRegistry agents, AgentRoster roster, CancellationToken cancellationToken)
    {
        ListQuery.Read(context.Request, "yes");
        var agent = Known(context, id, agents);
        if (roster.WhyNot(agent) is { } needed)
            throw new FaultException(needed);
        if (ListQuery.Text(context.Request, "yes") is not ("true" or "1"))
            throw new FaultException(Unconfirmed(agent, await roster.TiesAsync(agent, cancellationToken)));
        var (gone, fault) = await roster.RemoveAsync(agent, cancellationToken);
        return gone is null
            ? throw new FaultException(fault!)
            : Results.Json(new AgentRemoved(agent.Value, gone.MovedTo, gone.Routes, gone.Schedules, gone.Works), WireJson.Options);
    }

    private static async Task<IResult> CopiedAsync(HttpContext context, AgentId source, string target, bool memory, AgentRoster roster, AgentSurvey survey, CancellationToken cancellationToken)
    {
        var agent = New(context, target);
        if (await roster.CloneAsync(source, agent, memory, cancellationToken) is { } fault)
            throw new FaultException(fault);
        return await MadeAsync(context, agent, survey, cancellationToken);
    }

    private static async Task<IResult> MadeAsync(HttpContext context, AgentId agent, AgentSurvey survey, CancellationToken cancellationToken)
    {
        context.Response.Headers.Location = $"/api/agents/{agent}";
        return Results.Json(await survey.DetailAsync(agent, cancellationToken), WireJson.Options, statusCode: 201);
    }

    // A key that is limited to agents cannot make others.
    internal static AgentId New(HttpContext context, string id)
    {
        if (Caller.Of(context).IsLimited)
            throw new FaultException(new Fault("forbidden", "A key that is limited to agents cannot make new ones.", "Use a key for all agents.") { Kind = FaultKind.Forbidden });
        return AgentId.TryParse(id, null, out var agent) ? agent : throw new FaultException(new Fault("bad_agent_id", $"'{id}' is no agent id.", AgentId.HintFor(id), "id"));
    }

    /// <exception cref="FaultException">There is none, or it is out of the caller's sight.</exception>
    internal static AgentId Known(HttpContext context, string id, IAgentRegistry agents)
    {
        if (!AgentId.TryParse(id, null, out var agent))
            throw new FaultException(Caller.NoSuchAgent(id));
        Caller.Of(context).Require(agent);
        return agents.Exists(agent) ? agent : throw new FaultException(agents.Find(agent).Unknown!);
    }

    private static Fault Unconfirmed(AgentId agent, AgentTies ties)
    {
        var going = new List<string>();
        Add("route", ties.Routes.Select(entry => $"{entry.Index}"));
        Add("schedule", ties.Schedules.Select(schedule => schedule.Name));
        Add("unfinished work", ties.Works.Select(work => work.Id));
        var with = going.Count == 0 ? "No route, schedule or work hangs on it." : $"With it would go: {string.Join("; ", going)}.";
        return new Fault("confirm_removal", $"Nothing was removed. {with} Its files would be moved aside.", $"vigil agent remove {agent} --yes (over HTTP ?yes=true) does it.", "yes") { Kind = FaultKind.Conflict };

        void Add(string what, IEnumerable<string> names)
        {
            var all = names.ToList();
            if (all.Count > 0)
                going.Add($"{Counted.Of(all.Count, what)} ({string.Join(", ", all.Take(Named))}{(all.Count > Named ? ", …" : "")})");
        }
    }
}
