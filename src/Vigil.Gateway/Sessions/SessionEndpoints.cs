using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;
using Vigil.Sessions;

namespace Vigil.Gateway.Sessions;

/// <summary>A conversation on the wire.</summary>
public sealed record SessionView(string Key, string Agent, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? PersonAt, long Messages, long ResetSeq, string? Summary)
{
    public static SessionView Of(Session session)
        => new(session.Key.Value, session.Key.Agent.Value, session.CreatedAt, session.UpdatedAt, session.PersonAt, session.Messages, session.ResetSeq, session.Summary);
}

/// <summary>A message of a conversation on the wire.</summary>
/// <param name="Kind">turn, notice or break.</param>
public sealed record MessageView(long Seq, DateTimeOffset At, string Role, string Kind, string Text, IReadOnlyList<string> Tools, string? Run, string? Work)
{
    public static MessageView Of(SessionMessage message) => new(message.Seq, message.At, message.Message.Role.Value, Words.Of(message.Kind), TextOf(message.Message),
        [.. message.Message.Contents.OfType<FunctionCallContent>().Select(call => call.Name)], message.RunId, message.WorkId);

    private static string TextOf(ChatMessage message)
        => message.Role == ChatRole.Tool ? message.Contents.OfType<FunctionResultContent>().FirstOrDefault()?.Result?.ToString() ?? "" : message.Text;
}

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/sessions").RequireScope(KeyScopes.Admin).WithTags("sessions");
        group.MapGet("", ListAsync).WithSummary("Conversations, newest first.").Produces<Page<SessionView>>().ReadsList("agent");
        group.MapGet("/{key}", ShowAsync).WithSummary("One conversation.").Produces<SessionView>();
        group.MapGet("/{key}/messages", MessagesAsync).WithSummary("Its messages, oldest first.").Produces<Page<MessageView>>().ReadsList();
        group.MapPost("/{key}/reset", ResetAsync).WithSummary("Begin it anew; nothing is deleted.").Produces<SessionView>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, ISessionStore store, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request, "agent");
        var page = await store.ListAsync(AgentsSeen.By(Caller.Of(context), ListQuery.Text(context.Request, "agent")), query.After, query.Limit, cancellationToken);
        return Results.Json(new Page<SessionView>([.. page.Items.Select(SessionView.Of)], page.Next), WireJson.Options);
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string key, ISessionStore store, CancellationToken cancellationToken)
        => Results.Json(SessionView.Of(await FindAsync(context, key, store, cancellationToken)), WireJson.Options);

    private static async Task<IResult> MessagesAsync(HttpContext context, string key, ISessionStore store, CancellationToken cancellationToken)
    {
        var session = await FindAsync(context, key, store, cancellationToken);
        var query = ListQuery.Read(context.Request);
        var after = 0L;
        if (query.After is { } text && !long.TryParse(text, out after))
            throw new FaultException(new Fault("bad_parameter", $"The parameter 'after' is '{text}'.", "Send the cursor that the last page ended with.", "after"));
        var messages = await store.ReadAsync(session.Key, after, query.Limit, cancellationToken);
        var next = messages.Count == query.Limit ? messages[^1].Seq.ToString(null as IFormatProvider) : null;
        return Results.Json(new Page<MessageView>([.. messages.Select(MessageView.Of)], next), WireJson.Options);
    }

    private static async Task<IResult> ResetAsync(HttpContext context, string key, ISessionStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = await FindAsync(context, key, store, cancellationToken);
        await store.ResetAsync(session.Key, time.GetUtcNow(), cancellationToken);
        return Results.Json(SessionView.Of((await store.GetAsync(session.Key, cancellationToken))!), WireJson.Options);
    }

    private static async Task<Session> FindAsync(HttpContext context, string key, ISessionStore store, CancellationToken cancellationToken)
        => SessionKey.TryParse(key, out var parsed) && Caller.Of(context).MaySee(parsed.Agent) && await store.GetAsync(parsed, cancellationToken) is { } session
            ? session
            : throw new FaultException(new Fault("session_not_found", $"There is no session '{key}'.", "vigil session list shows those that there are (GET /api/sessions).", "key") { Kind = FaultKind.NotFound });
}
