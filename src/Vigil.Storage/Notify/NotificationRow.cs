using Vigil.Agents;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Notify;

internal sealed class NotificationRow
{
    public const string Columns =
        "id, agent, work, source, text, urgency, topic, asked_for, state, reason, repeat_of, held_until, created_at, read_at, done_at, snoozed_until";

    public string Id { get; set; } = "";

    public string Agent { get; set; } = "";

    public string? Work { get; set; }

    public string Source { get; set; } = "";

    public string Text { get; set; } = "";

    public string Urgency { get; set; } = "";

    public string? Topic { get; set; }

    public long AskedFor { get; set; }

    public string State { get; set; } = "";

    public string? Reason { get; set; }

    public string? RepeatOf { get; set; }

    public long? HeldUntil { get; set; }

    public long CreatedAt { get; set; }

    public long? ReadAt { get; set; }

    public long? DoneAt { get; set; }

    public long? SnoozedUntil { get; set; }

    public Notification ToNotification(IReadOnlyList<Delivery> deliveries) => new()
    {
        Id = Id,
        Agent = AgentId.Parse(Agent),
        WorkId = Work,
        Source = Source,
        Text = Text,
        Urgency = Words.Parse<Urgency>(Urgency),
        Topic = Topic,
        AskedFor = AskedFor != 0,
        State = Words.Parse<NotificationState>(State),
        Reason = Reason,
        RepeatOf = RepeatOf,
        HeldUntil = HeldUntil.At(),
        CreatedAt = CreatedAt.At(),
        ReadAt = ReadAt.At(),
        DoneAt = DoneAt.At(),
        SnoozedUntil = SnoozedUntil.At(),
        Deliveries = deliveries,
    };
}

internal sealed class DeliveryRow
{
    public const string Columns = "id, notification, agent, target, state, attempts, next_at, created_at, at, error, receipt";

    public string Id { get; set; } = "";

    public string Notification { get; set; } = "";

    public string Agent { get; set; } = "";

    public string Target { get; set; } = "";

    public string State { get; set; } = "";

    public long Attempts { get; set; }

    public long? NextAt { get; set; }

    public long CreatedAt { get; set; }

    public long At { get; set; }

    public string? Error { get; set; }

    public string? Receipt { get; set; }

    public Delivery ToDelivery() => new()
    {
        Id = Id,
        NotificationId = Notification,
        Agent = AgentId.Parse(Agent),
        Target = Target,
        State = Words.Parse<DeliveryState>(State),
        Attempts = (int)Attempts,
        NextAt = NextAt.At(),
        At = At.At(),
        Error = Error,
        Receipt = Receipt,
    };
}
