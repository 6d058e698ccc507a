using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Chats;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Keys;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Turns;

namespace Vigil.Gateway.Dashboard.Chat;

/// <summary>Conversations with agents. With script the answer streams in from <c>/api/chat</c>; without it a form stores the words and the page is looked at again.</summary>
internal static class ChatPages
{
    private const int SessionsShown = 30;
    private const int ConversationShown = 60_000;

    public static void MapChatPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/chat", First).AsPage();
        routes.MapGet("/chat/{agent}", ShowAsync).AsPage();
        routes.MapPost("/chat/{agent}", SendAsync).AsForm(KeyScopes.Admin | KeyScopes.Chat);
        routes.MapPost("/chat/{agent}/reset", ResetAsync).AsForm();
    }

    /// <summary>The agent that the selection names, else the default one, else the first that may be seen.</summary>
    private static IResult First(HttpContext context, IAgentRegistry agents, ISettings settings, string? agent)
    {
        var caller = Caller.Of(context);
        // Whoever names one means it.
        if (!string.IsNullOrWhiteSpace(agent))
            return PageAnswer.GoTo($"/chat/{Known(context, agent.Trim(), agents)}");
        var named = new[] { settings.Current.DefaultAgent, caller.Agents is [var only, ..] ? only.Value : null, AgentId.Main.Value }
            .FirstOrDefault(name => AgentId.TryParse(name, null, out var id) && caller.MaySee(id) && agents.Exists(id));
        return named is null ? throw new FaultException(Caller.NoSuchAgent(settings.Current.DefaultAgent)) : PageAnswer.GoTo($"/chat/{named}");
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string agent, string? session, IAgentRegistry agents, ISessionStore store, IRunStore runs, TurnsInHand turns,
        CancellationToken cancellationToken)
    {
        var id = Known(context, agent, agents);
        var key = ChatEndpoints.Session(string.IsNullOrWhiteSpace(session) ? null : session.Trim(), id);
        // Before the conversation: what ends in between is in the conversation then, and never in neither.
        var open = await runs.OpenChatAsync(key, cancellationToken);
        var tail = await store.TailAsync(key, ConversationShown, cancellationToken);
        var found = agents.Find(id);
        return PageAnswer.Show<ChatPage, ChatModel>(new ChatModel
        {
            Agent = id,
            Name = found.Profile?.Name,
            Session = key,
            Summary = tail.Session?.Summary,
            Messages = tail.Messages,
            Open = open is not null && tail.Messages.Any(message => message.RunId == open.Id) ? null : open,
            Fault = turns.FaultOf(key),
            Sessions = (await store.ListAsync([id], null, SessionsShown, cancellationToken)).Items,
            Agents = [.. (Caller.Of(context).Agents ?? agents.Ids(null, AgentPick.Offered)).Select(one => one.Value)],
            Problem = found.Fault?.Message ?? (found.Profile is { Model: null } ? "Nobody can answer yet: there is no model. Today says what is missing." : null),
        });
    }

    private static async Task<IResult> SendAsync(HttpContext context, string agent, IAgentRegistry agents, TurnsInHand turns, SpendLimit spend, CancellationToken cancellationToken)
    {
        var id = Known(context, agent, agents);
        agents.Find(id).Required();
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var key = ChatEndpoints.Session(form["session"].ToString(), id);
        var words = form["message"].ToString();
        if (string.IsNullOrWhiteSpace(words))
            return PageAnswer.GoTo(Path(key), "Write something first.");
        var caller = Caller.Of(context);
        await spend.RequireAsync(caller, id, cancellationToken);
        await turns.SendAsync(new ChatRequest { Agent = id, Key = caller.Family, Session = key, Input = [new ChatMessage(ChatRole.User, words)] }, cancellationToken);
        return PageAnswer.GoTo(Path(key));
    }

    private static async Task<IResult> ResetAsync(HttpContext context, string agent, IAgentRegistry agents, ISessionStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var key = ChatEndpoints.Session((await context.Request.ReadFormAsync(cancellationToken))["session"].ToString(), Known(context, agent, agents));
        return PageAnswer.GoTo(Path(key), await store.ResetAsync(key, time.GetUtcNow(), cancellationToken) ? "Begun anew. What was said is kept, but the agent no longer has it in mind." : "Nothing was said here yet.");
    }

    /// <summary>Where a conversation is shown.</summary>
    public static string Path(SessionKey key) => key == SessionKey.Main(key.Agent) ? $"/chat/{key.Agent}" : $"/chat/{key.Agent}?session={Uri.EscapeDataString(key.Value)}";

    private static AgentId Known(HttpContext context, string agent, IAgentRegistry agents)
    {
        if (!AgentId.TryParse(agent, null, out var id))
            throw new FaultException(Caller.NoSuchAgent(agent));
        Caller.Of(context).Require(id);
        return agents.Exists(id) ? id : throw new FaultException(agents.Find(id).Unknown!);
    }
}
