using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Chats;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Keys;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Inbox;

/// <summary>Notifications: look, answer, put away.</summary>
internal static class InboxPages
{
    private const int PageSize = 30;
    private const int LongestQuote = 2_000;
    private const int ConversationShown = 24_000;

    public static void MapInboxPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/inbox", ListAsync).AsPage();
        routes.MapGet("/inbox/{id}", ShowAsync).AsPage();
        routes.MapPost("/inbox/{id}/read", ReadAsync).AsForm();
        routes.MapPost("/inbox/{id}/done", DoneAsync).AsForm();
        routes.MapPost("/inbox/{id}/snooze", SnoozeAsync).AsForm();
        routes.MapPost("/inbox/{id}/answer", AnswerAsync).AsForm(KeyScopes.Admin | KeyScopes.Chat);
    }

    private static async Task<IResult> ListAsync(HttpContext context, INotificationStore store, IAgentRegistry agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = PageQuery.Read(context.Request, "tab", "agent");
        var caller = Caller.Of(context);
        var tab = Words.Parse<InboxTab>(query["tab"]) ?? InboxTab.Open;
        var filter = new InboxFilter
        {
            Agents = AgentsSeen.By(caller, query["agent"]),
            IncludeDone = tab != InboxTab.Open,
            States = tab == InboxTab.Unsaid ? [NotificationState.Held, NotificationState.Suppressed] : [NotificationState.Posted],
        };
        var page = await store.InboxAsync(filter, time.GetUtcNow(), query["after"], PageSize, cancellationToken);
        var names = (caller.Agents ?? agents.Ids(null, AgentPick.Offered)).Select(agent => agent.Value).ToList();
        return PageAnswer.Show<InboxPage, InboxModel>(new InboxModel(tab, page.Items, page.Next, names, query, Names(page.Items, agents)));
    }

    private static Dictionary<AgentId, string> Names(IReadOnlyList<Notification> items, IAgentRegistry agents)
    {
        var names = new Dictionary<AgentId, string>();
        foreach (var agent in items.Select(item => item.Agent).Distinct())
            if (agents.Find(agent).Profile?.Name is { } name)
                names.Add(agent, name);
        return names;
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, INotificationStore store, IAgentRegistry agents, Why why, ISessionStore sessions, IRunStore runs, TurnsInHand turns, CancellationToken cancellationToken)
    {
        var notification = await FindAsync(context, id, store, cancellationToken);
        var lines = notification.WorkId is { } work ? await why.OfWorkAsync(work, cancellationToken) : null;
        var session = SessionKey.Main(notification.Agent);
        // Before the conversation: what ends in between is in the conversation then, and never in neither.
        var open = await runs.OpenChatAsync(session, cancellationToken);
        var tail = await sessions.TailAsync(session, ConversationShown, cancellationToken);
        return PageAnswer.Show<NotificationPage, NotificationModel>(new NotificationModel(
            notification,
            agents.Find(notification.Agent).Profile?.Name ?? notification.Agent.Value,
            lines ?? [new WhyLine("trigger", notification.CreatedAt, notification.WorkId is null ? "The gateway itself posted this." : "Its work is no longer kept.")],
            [.. tail.Messages.Where(message => message.At >= notification.CreatedAt && message.Message.Role != ChatRole.Tool && message.Message.Text.Length > 0 && !IsItself(message))],
            open is not null && tail.Messages.Any(message => message.RunId == open.Id) ? null : open,
            turns.FaultOf(session)));

        bool IsItself(SessionMessage message) => message.Kind == MessageKind.Notice && message.Message.Text == notification.Text;
    }

    private static async Task<IResult> ReadAsync(HttpContext context, string id, INotificationStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        await FindAsync(context, id, store, cancellationToken);
        await store.MarkReadAsync(id, time.GetUtcNow(), cancellationToken);
        return await BackAsync(context, null);
    }

    private static async Task<IResult> DoneAsync(HttpContext context, string id, INotificationStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        await FindAsync(context, id, store, cancellationToken);
        await store.MarkDoneAsync(id, time.GetUtcNow(), cancellationToken);
        return await BackAsync(context, "Done. The tab All still has it.");
    }

    private static async Task<IResult> SnoozeAsync(HttpContext context, string id, INotificationStore store, PageFrames frames, TimeProvider time, CancellationToken cancellationToken)
    {
        await FindAsync(context, id, store, cancellationToken);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var until = Until(form["for"].ToString(), time.GetUtcNow(), frames.Zone);
        await store.SnoozeAsync(id, until, cancellationToken);
        return await BackAsync(context, $"Put away until {Local.Minute(until, frames.Zone)}.");
    }

    private static string Quote(string text)
        => string.Join('\n', (text.Length > LongestQuote ? text[..LongestQuote] + "…" : text).ReplaceLineEndings("\n").Split('\n').Select(line => $"> {line}"));

    private static async Task<IResult> AnswerAsync(HttpContext context, string id, INotificationStore store, TurnsInHand turns, IAgentRegistry agents, SpendLimit spend, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var notification = await FindAsync(context, id, store, cancellationToken);
        var words = (await context.Request.ReadFormAsync(cancellationToken))["message"].ToString();
        if (string.IsNullOrWhiteSpace(words))
            return PageAnswer.GoTo($"/inbox/{id}", "Write something first.");
        agents.Find(notification.Agent).Required();
        var caller = Caller.Of(context);
        await spend.RequireAsync(caller, notification.Agent, cancellationToken);
        await store.MarkReadAsync(id, time.GetUtcNow(), cancellationToken);
        // What an agent says of its own accord stands in its main conversation: an answer belongs there. What it answers goes with it, because much may have been said since.
        var said = new ChatRequest
        {
            Agent = notification.Agent,
            AgentDecidedBy = $"the notification {id} that it answers",
            Key = caller.Family,
            Session = SessionKey.Main(notification.Agent),
            Input = [new ChatMessage(ChatRole.User, $"{Quote(notification.Text)}\n\n{words}")],
        };
        await turns.SendAsync(said, cancellationToken);
        return PageAnswer.GoTo($"/inbox/{id}", $"Sent to {notification.Agent}.");
    }

    private static async Task<IResult> BackAsync(HttpContext context, string? flash)
        => PageAnswer.GoTo(PageAnswer.ReturnPath(await context.Request.ReadFormAsync(context.RequestAborted), "/inbox"), flash);

    private static DateTimeOffset Until(string choice, DateTimeOffset now, DateTimeZone zone)
    {
        var local = Instant.FromDateTimeOffset(now).InZone(zone).LocalDateTime;
        return choice switch
        {
            "4h" => now.AddHours(4),
            "tomorrow" => Morning(local.Date.PlusDays(1)),
            "monday" => Morning(local.Date.Next(IsoDayOfWeek.Monday)),
            _ => now.AddHours(1),
        };

        DateTimeOffset Morning(LocalDate date) => zone.AtLeniently(date.At(new LocalTime(8, 0))).ToDateTimeOffset();
    }

    private static async Task<Notification> FindAsync(HttpContext context, string id, INotificationStore store, CancellationToken cancellationToken)
        => await store.GetAsync(id, cancellationToken) is { } notification && Caller.Of(context).MaySee(notification.Agent)
            ? notification
            : throw new FaultException(new Fault("notification_not_found", $"There is no notification '{id}'.", "It may have been deleted with age; the inbox lists those that are kept.") { Kind = FaultKind.NotFound });
}
