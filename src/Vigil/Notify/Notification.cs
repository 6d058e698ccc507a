using Vigil.Agents;

namespace Vigil.Notify;

/// <summary>How much it matters that the person sees it soon.</summary>
public enum Urgency
{
    Low,
    Normal,
    Urgent,
}

/// <summary>What a turn wants to say, before the output gates.</summary>
public sealed record NotificationDraft(string Text, Urgency Urgency, string? Topic)
{
    /// <summary>It was asked for (policy always): dedup and nag limit do not apply.</summary>
    public bool AskedFor { get; init; }

    public IReadOnlyList<string> Targets { get; init; } = [];
}

/// <summary>Something an agent says of its own accord. Lives in the inbox.</summary>
public sealed record Notification
{
    public required string Id { get; init; }

    public required AgentId Agent { get; init; }

    public string? WorkId { get; init; }

    public required string Source { get; init; }

    public required string Text { get; init; }

    public Urgency Urgency { get; init; } = Urgency.Normal;

    public string? Topic { get; init; }

    /// <summary>It was asked for (policy always): the nag limit does not count it.</summary>
    public bool AskedFor { get; init; }

    public required NotificationState State { get; init; }

    /// <summary>Why it is held or suppressed.</summary>
    public string? Reason { get; init; }

    /// <summary>The notification that it repeats.</summary>
    public string? RepeatOf { get; init; }

    public DateTimeOffset? HeldUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ReadAt { get; init; }

    public DateTimeOffset? DoneAt { get; init; }

    public DateTimeOffset? SnoozedUntil { get; init; }

    public IReadOnlyList<Delivery> Deliveries { get; init; } = [];
}

/// <summary>What the gates made of it.</summary>
public enum NotificationState
{
    Posted,
    Held,
    Suppressed,
}

/// <summary>Handing one notification to one target on one channel.</summary>
public sealed record Delivery
{
    /// <summary>The same over all tries; receivers recognise repeats by it.</summary>
    public required string Id { get; init; }

    public required string NotificationId { get; init; }

    public required AgentId Agent { get; init; }

    /// <summary>channel:name or channel:name:chat[:thread], as in settings.</summary>
    public required string Target { get; init; }

    public DeliveryState State { get; init; } = DeliveryState.Waiting;

    public int Attempts { get; init; }

    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Of the last change.</summary>
    public required DateTimeOffset At { get; init; }

    public string? Error { get; init; }

    public string? Receipt { get; init; }
}

/// <summary>How far a delivery has come.</summary>
public enum DeliveryState
{
    Waiting,
    Held,
    Sending,
    Delivered,
    Unknown,
    Undeliverable,
}

/// <summary>What an agent said lately: reserved in the commit, confirmed by the receipt, released when undeliverable.</summary>
/// <param name="Key">Hash of the normalised text, or of the topic.</param>
/// <param name="Figures">Topic entries: the numbers that were said.</param>
public sealed record SaidEntry(AgentId Agent, string Target, string Key, string NotificationId, DateTimeOffset At, bool Confirmed, string? Figures, Urgency Urgency, string Text);

/// <param name="Since">Entries older than this do not count and may be replaced.</param>
/// <param name="Replaces">The topic entry that this one knowingly follows (changed figures or higher urgency).</param>
public sealed record SaidReservation(SaidEntry Entry, DateTimeOffset Since, string? Replaces = null);
