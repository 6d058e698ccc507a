using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Agents;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Gateway.Routes;
using Vigil.Routing;

namespace Vigil.Gateway.Dashboard.Agents;

/// <summary>Agents, each with the origin of every value, and the routes that lead to them.</summary>
internal static class AgentsPages
{
    private const int PageSize = 50;

    /// <summary>What a route may ask for and a message may have, by the names of routes.json.</summary>
    public static IReadOnlyList<string> MatchFields { get; } = ["platform", "account", "chat_type", "chat_id", "thread_id", "user_id", "guild_id", "role"];

    public static void MapAgentsPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/agents", ListAsync).AsPage();
        routes.MapGet("/agents/{id}", ShowAsync).AsPage();
        routes.MapPost("/agents", AddAsync).AsForm();
        routes.MapPost("/agents/{id}", SaveAsync).AsForm();
        routes.MapPost("/agents/{id}/clone", CloneAsync).AsForm();
        routes.MapPost("/agents/{id}/remove", RemoveAsync).AsForm();
        routes.MapPost("/routes", AddRouteAsync).AsForm();
        routes.MapPost("/routes/test", TestAsync).AsForm();
        routes.MapPost("/routes/{index:int}/remove", RemoveRouteAsync).AsForm();
    }

    private static async Task<IResult> ListAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, string? find, string? after,
        CancellationToken cancellationToken)
        => Page(await ModelAsync(context, agents, survey, table, find, after, cancellationToken));

    private static async Task<IResult> AddAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, AgentRoster roster, CancellationToken cancellationToken)
    {
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var soul = form["soul"].ToString();
        return await MadeAsync(context, agents, survey, table, form, id => roster.AddAsync(id, string.IsNullOrWhiteSpace(soul) ? null : soul.ReplaceLineEndings("\n"), cancellationToken), (form["id"].ToString(), soul), cancellationToken);
    }

    private static async Task<IResult> CloneAsync(HttpContext context, string id, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, AgentRoster roster, CancellationToken cancellationToken)
    {
        var source = AgentEndpoints.Known(context, id, agents);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        return await MadeAsync(context, agents, survey, table, form, target => roster.CloneAsync(source, target, form["memory"] == "yes", cancellationToken), null, cancellationToken);
    }

    private static async Task<IResult> MadeAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, IFormCollection form, Func<AgentId, Task<Fault?>> make,
        (string Id, string Soul)? draft, CancellationToken cancellationToken)
    {
        try
        {
            var agent = AgentEndpoints.New(context, form["id"].ToString().Trim());
            return await make(agent) is { } fault ? throw new FaultException(fault) : PageAnswer.GoTo($"/agents/{agent}", $"{agent} is there.");
        }
        catch (FaultException refused)
        {
            return Page(await ModelAsync(context, agents, survey, table, null, null, cancellationToken) with { Refused = refused.Fault, Draft = draft });
        }
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, string id, IAgentRegistry agents, AgentRoster roster, CancellationToken cancellationToken)
    {
        var (gone, fault) = await roster.RemoveAsync(AgentEndpoints.Known(context, id, agents), cancellationToken);
        return gone is null ? throw new FaultException(fault!) : PageAnswer.GoTo("/agents", $"{id} is removed. Its files lie in {gone.MovedTo}.");
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, IAgentRegistry agents, AgentSurvey survey, AgentRoster roster, AgentEditor editor, CancellationToken cancellationToken)
        => PageAnswer.Show<AgentPage, AgentModel>(await DetailAsync(context, AgentEndpoints.Known(context, id, agents), survey, roster, editor, cancellationToken));

    private static async Task<IResult> SaveAsync(HttpContext context, string id, IAgentRegistry agents, AgentSurvey survey, AgentRoster roster, AgentEditor editor, CancellationToken cancellationToken)
    {
        var agent = AgentEndpoints.Known(context, id, agents);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var typed = AgentEditor.Keys.ToDictionary(key => key, key => form[key].ToString().Trim() is { Length: > 0 } text ? text : null);
        var edit = editor.Save(agent, typed, form["version"].ToString());
        if (edit.IsSaved)
            return PageAnswer.GoTo($"/agents/{agent}", "Saved. It holds from the next turn on.");
        var model = await DetailAsync(context, agent, survey, roster, editor, cancellationToken);
        return PageAnswer.Show<AgentPage, AgentModel>(model with { Typed = typed, Errors = edit.Errors, Refused = edit.Fault }, at: $"/agents/{agent}");
    }

    private static async Task<AgentModel> DetailAsync(HttpContext context, AgentId agent, AgentSurvey survey, AgentRoster roster, AgentEditor editor, CancellationToken cancellationToken) => new()
    {
        Detail = await survey.DetailAsync(agent, cancellationToken),
        File = editor.Read(agent),
        Needed = roster.WhyNot(agent)?.Message,
        MayChange = !Caller.Of(context).IsLimited,
    };

    private static async Task<IResult> AddRouteAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, CancellationToken cancellationToken)
    {
        RouteEndpoints.RequireAll(context);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var match = Typed(form);
        var position = int.TryParse(form["position"], NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : (int?)null;
        var change = table.Add(match, form["agent"].ToString(), position);
        return change.Fault is { } refused
            ? Page(await ModelAsync(context, agents, survey, table, null, null, cancellationToken) with { Refused = refused, Tried = match })
            : PageAnswer.GoTo("/agents#routes", string.Join(' ', change.Warnings.Prepend("The route holds for the next message.")));
    }

    private static async Task<IResult> RemoveRouteAsync(HttpContext context, int index, Vigil.Routing.Routes table, CancellationToken cancellationToken)
    {
        RouteEndpoints.RequireAll(context);
        // Routes are known by their place, and the place may be another's by now.
        var seen = (await context.Request.ReadFormAsync(cancellationToken))["seen"].ToString();
        if (index >= table.Current.Entries.Count || Fingerprint(table.Current.Entries[index].Route.Match, table.Current.Entries[index].Route.Agent.Value) != seen)
            return PageAnswer.GoTo("/agents#routes", "The routes have changed meanwhile; nothing was removed.");
        return table.Remove(index).Fault is { } refused ? throw new FaultException(refused) : PageAnswer.GoTo("/agents#routes", "The route is removed.");
    }

    private static async Task<IResult> TestAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, AgentResolver resolver, CancellationToken cancellationToken)
    {
        RouteEndpoints.RequireAll(context);
        var typed = Typed(await context.Request.ReadFormAsync(cancellationToken));
        var probe = new RouteProbe
        {
            Platform = typed.GetValueOrDefault("platform") ?? "web",
            Account = typed.GetValueOrDefault("account"),
            ChatId = typed.GetValueOrDefault("chat_id"),
            ChatType = typed.GetValueOrDefault("chat_type"),
            ThreadId = typed.GetValueOrDefault("thread_id"),
            UserId = typed.GetValueOrDefault("user_id"),
            GuildId = typed.GetValueOrDefault("guild_id"),
            Roles = typed.GetValueOrDefault("role")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
        var verdict = await RouteEndpoints.VerdictAsync(resolver, probe, cancellationToken);
        return Page(await ModelAsync(context, agents, survey, table, null, null, cancellationToken) with { Tried = typed, Verdict = verdict });
    }

    private static async Task<AgentsModel> ModelAsync(HttpContext context, IAgentRegistry agents, AgentSurvey survey, Vigil.Routing.Routes table, string? find, string? after,
        CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        var all = context.RequestServices.GetRequiredService<AgentSearch>().By(caller, find);
        var ids = all.Where(id => after is null || string.CompareOrdinal(id.Value, after) > 0).Take(PageSize + 1).ToList();
        return new AgentsModel
        {
            Agents = await survey.OfAsync([.. ids.Take(PageSize)], cancellationToken),
            Next = ids.Count > PageSize ? ids[PageSize - 1].Value : null,
            Find = AgentSearch.Words(find),
            IsPart = all.Count > Math.Min(ids.Count, PageSize),
            IsLater = after is not null,
            Strays = caller.IsLimited ? [] : [.. agents.Strays.Take(PageSize).Select(stray => stray.ToString())],
            Routes = [.. table.Current.Entries.Where(entry => caller.MaySee(entry.Route.Agent)).Select(entry => RouteView.Of(entry, agents))],
            Names = [.. agents.Ids().Where(caller.MaySee).Take(AgentPick.Offered).Select(agent => agent.Value)],
            MayChange = !caller.IsLimited,
        };
    }

    /// <summary>Tells a route from another one that stands in its place.</summary>
    public static string Fingerprint(IReadOnlyDictionary<string, string> match, string agent) => string.Join('&', match.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}").Append(agent));

    private static Dictionary<string, string> Typed(IFormCollection form)
        => MatchFields.Select(name => (Name: name, Text: form[name].ToString().Trim())).Where(pair => pair.Text.Length > 0).ToDictionary(pair => pair.Name, pair => pair.Text);

    private static IResult Page(AgentsModel model) => PageAnswer.Show<AgentsPage, AgentsModel>(model, at: "/agents");
}
