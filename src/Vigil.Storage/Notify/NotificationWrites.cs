using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Notify;

/// <summary>Inbox and outbox rows inside somebody's transaction.</summary>
internal static class NotificationWrites
{
    private const string Insert =
        """
        INSERT INTO notification (id, agent, work, source, text, urgency, topic, asked_for, state, reason, repeat_of, held_until, created_at, read_at, done_at, snoozed_until)
        VALUES (@id, @agent, @work, @source, @text, @urgency, @topic, @asked, @state, @reason, @repeat, @held, @created, @read, @done, @snoozed)
        ON CONFLICT (id) DO NOTHING
        """;

    /// <summary>False when a notification with this id is there: then its deliveries are too.</summary>
    public static async Task<bool> InsertAsync(Db db, Notification notification)
    {
        if (await db.RunAsync(Insert, Row(notification)) == 0)
            return false;
        await InsertDeliveriesAsync(db, notification);
        return true;
    }

    /// <summary>Inserts one whose id is certainly new.</summary>
    public static async Task InsertNewAsync(Db db, Notification notification)
    {
        await db.RunLastAsync(Insert, Row(notification));
        await InsertDeliveriesAsync(db, notification);
    }

    private static (string, object?)[] Row(Notification notification) =>
    [
        ("id", notification.Id), ("agent", notification.Agent.Value), ("work", notification.WorkId), ("source", notification.Source), ("text", RowText.Storable(notification.Text)),
        ("urgency", Words.Of(notification.Urgency)), ("topic", RowText.Storable(notification.Topic)), ("asked", notification.AskedFor ? 1L : 0L), ("state", Words.Of(notification.State)),
        ("reason", notification.Reason), ("repeat", notification.RepeatOf), ("held", notification.HeldUntil.Ms()), ("created", notification.CreatedAt.Ms()),
        ("read", notification.ReadAt.Ms()), ("done", notification.DoneAt.Ms()), ("snoozed", notification.SnoozedUntil.Ms()),
    ];

    private static async Task InsertDeliveriesAsync(Db db, Notification notification)
    {
        foreach (var delivery in notification.Deliveries)
            await InsertAsync(db, notification, delivery);
    }

    private static Task InsertAsync(Db db, Notification notification, Delivery delivery)
    {
        // A waiting delivery without an instant is due at once; a held one without waits for a digest.
        var next = delivery.NextAt ?? (delivery.State == DeliveryState.Waiting ? delivery.At : null);
        return db.RunLastAsync(
            """
            INSERT INTO delivery (id, notification, agent, target, state, attempts, next_at, created_at, at, error, receipt)
            VALUES (@id, @notification, @agent, @target, @state, @attempts, @next, @created, @at, @error, @receipt)
            """,
            ("id", delivery.Id), ("notification", notification.Id), ("agent", delivery.Agent.Value), ("target", delivery.Target), ("state", Words.Of(delivery.State)),
            ("attempts", (long)delivery.Attempts), ("next", next.Ms()), ("created", notification.CreatedAt.Ms()), ("at", delivery.At.Ms()), ("error", RowText.Storable(delivery.Error)),
            ("receipt", RowText.Storable(delivery.Receipt)));
    }
}
