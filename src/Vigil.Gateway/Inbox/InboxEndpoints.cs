using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;
using Vigil.Notify;
using Vigil.Time;

namespace Vigil.Gateway.Inbox;

/// <summary>A notification on the wire.</summary>
public sealed record NotificationView(string Id, string Agent, string? Work, string Source, string Text, string Urgency, string? Topic, string State, string? Reason, string? RepeatOf,
    DateTimeOffset? HeldUntil, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt, DateTimeOffset? DoneAt, DateTimeOffset? SnoozedUntil, IReadOnlyList<DeliveryView> Deliveries)
{
    public static NotificationView Of(Notification notification) => new(notification.Id, notification.Agent.Value, notification.WorkId, notification.Source, notification.Text,
        Words.Of(notification.Urgency), notification.Topic, Words.Of(notification.State), notification.Reason, notification.RepeatOf, notification.HeldUntil, notification.CreatedAt,
        notification.ReadAt, notification.DoneAt, notification.SnoozedUntil, [.. notification.Deliveries.Select(DeliveryView.Of)]);
}

/// <summary>A delivery on the wire.</summary>
public sealed record DeliveryView(string Id, string Target, string State, int Attempts, DateTimeOffset At, DateTimeOffset? NextAt, string? Error, string? Receipt)
{
    public static DeliveryView Of(Delivery delivery)
        => new(delivery.Id, delivery.Target, Words.Of(delivery.State), delivery.Attempts, delivery.At, delivery.NextAt, delivery.Error, delivery.Receipt);
}

/// <summary>One of the two.</summary>
public sealed record SnoozeBody
{
    /// <summary>A duration: <c>2h</c>.</summary>
    public string? For { get; init; }

    public DateTimeOffset? Until { get; init; }
}

internal static class InboxEndpoints
{
    public static void MapInbox(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/inbox").RequireScope(KeyScopes.Admin).WithTags("inbox");
        group.MapGet("", ListAsync).WithSummary("Notifications, unread first, newest first.").Produces<Page<NotificationView>>().ReadsList("agent", "unread", "done", "state", "work");
        group.MapGet("/{id}", ShowAsync).WithSummary("One notification with its deliveries.").Produces<NotificationView>();
        group.MapPost("/{id}/read", (HttpContext context, string id, INotificationStore store, TimeProvider time, CancellationToken cancellationToken)
            => MarkAsync(context, id, store, () => store.MarkReadAsync(id, time.GetUtcNow(), cancellationToken), cancellationToken)).WithSummary("Mark as read.").Produces<NotificationView>();
        group.MapPost("/{id}/done", (HttpContext context, string id, INotificationStore store, TimeProvider time, CancellationToken cancellationToken)
            => MarkAsync(context, id, store, () => store.MarkDoneAsync(id, time.GetUtcNow(), cancellationToken), cancellationToken)).WithSummary("Mark as done.").Produces<NotificationView>();
        group.MapPost("/{id}/snooze", SnoozeAsync).WithSummary("Put away until a time; then it is unread again.").Takes<SnoozeBody>().Produces<NotificationView>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, INotificationStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var query = ListQuery.Read(request, "agent", "unread", "done", "state", "work");
        var states = ListQuery.Text(request, "state")?.Split(',').Select(word => Words.Parse<NotificationState>(word)
            ?? throw new FaultException(new Fault("bad_parameter", $"The parameter 'state' is '{word}'.", $"Known: {Words.All<NotificationState>()}.", "state"))).ToList();
        var filter = new InboxFilter
        {
            Agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(request, "agent")),
            UnreadOnly = Flag(request, "unread"),
            IncludeDone = Flag(request, "done"),
            States = states ?? [NotificationState.Posted, NotificationState.Held],
            WorkId = ListQuery.Text(request, "work"),
        };
        var page = await store.InboxAsync(filter, time.GetUtcNow(), query.After, query.Limit, cancellationToken);
        return Results.Json(new Page<NotificationView>([.. page.Items.Select(NotificationView.Of)], page.Next), WireJson.Options);
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, INotificationStore store, CancellationToken cancellationToken)
        => Results.Json(NotificationView.Of(await FindAsync(context, id, store, cancellationToken)), WireJson.Options);

    private static async Task<IResult> SnoozeAsync(HttpContext context, string id, INotificationStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<SnoozeBody>(context.Request, cancellationToken);
        var now = time.GetUtcNow();
        var until = body switch
        {
            { For: { } text, Until: null } when DurationText.TryParse(text, out var length, out _) && length > TimeSpan.Zero => now + length,
            { For: null, Until: { } instant } when instant > now => instant,
            _ => throw new FaultException(new Fault("bad_snooze", "Say for how long, for example 2h, or until when; the time must lie ahead.", "Send { \"for\": \"2h\" } or { \"until\": \"2026-03-29T07:00:00Z\" }.", "for")),
        };
        return await MarkAsync(context, id, store, () => store.SnoozeAsync(id, until, cancellationToken), cancellationToken);
    }

    private static async Task<IResult> MarkAsync(HttpContext context, string id, INotificationStore store, Func<Task<bool>> mark, CancellationToken cancellationToken)
    {
        await FindAsync(context, id, store, cancellationToken);
        await mark();
        return Results.Json(NotificationView.Of((await store.GetAsync(id, cancellationToken))!), WireJson.Options);
    }

    private static async Task<Notification> FindAsync(HttpContext context, string id, INotificationStore store, CancellationToken cancellationToken)
        => await store.GetAsync(id, cancellationToken) is { } notification && Caller.Of(context).MaySee(notification.Agent)
            ? notification
            : throw new FaultException(new Fault("notification_not_found", $"There is no notification '{id}'.", "vigil inbox list --all shows those that there are (GET /api/inbox).", "id") { Kind = FaultKind.NotFound });

    private static bool Flag(HttpRequest request, string name) => ListQuery.Text(request, name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        var text => throw new FaultException(new Fault("bad_parameter", $"The parameter '{name}' is '{text}'.", "Send true or false.", name)),
    };
}
