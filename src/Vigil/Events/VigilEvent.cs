using System.Text.Json;

namespace Vigil.Events;

/// <summary>One line of the append-only event log. Ids rise strictly in the order in which readers see events.</summary>
/// <param name="Type">From <see cref="EventTypes"/>: <c>work.done</c>, <c>notification.posted</c>, …</param>
/// <param name="Source">What asked for it: heartbeat, cron, task, wake, run, subagent, or <c>gateway</c> for the gateway itself.</param>
/// <param name="Payload">A JSON object; never secrets, prompts or texts of conversations.</param>
public sealed record VigilEvent(long Id, DateTimeOffset At, string Type, string Source, string? Agent, string? Work, JsonElement Payload);

/// <summary>An event about to be appended; the store gives it its id.</summary>
public sealed record NewEvent(DateTimeOffset At, string Type, string Source, string? Agent = null, string? Work = null, JsonElement? Payload = null)
{
    public static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, JsonSerializerOptions.Web);
}

/// <summary>The event types that Vigil writes.</summary>
public static class EventTypes
{
    public const string WorkRequested = "work.requested";
    public const string WorkStarted = "work.started";
    public const string WorkSkipped = "work.skipped";
    public const string WorkDeferred = "work.deferred";
    public const string WorkDone = "work.done";
    public const string WorkError = "work.error";
    public const string WorkCancelled = "work.cancelled";
    public const string NotificationPosted = "notification.posted";
    public const string NotificationHeld = "notification.held";
    public const string NotificationSuppressed = "notification.suppressed";
    public const string NotificationDelivered = "notification.delivered";
    public const string NotificationUnknown = "notification.unknown";
    public const string NotificationUndeliverable = "notification.undeliverable";
    /// <summary>A person's turn is over, however it ended: what was said is in the conversation.</summary>
    public const string ChatDone = "chat.done";
    public const string ChatFailed = "chat.failed";
    /// <summary>The older part of a conversation is summed up; its messages stay.</summary>
    public const string SessionSummarised = "session.summarised";
    /// <summary>A person's message began a conversation anew, as the agent's <c>sessions</c> settings say; its messages stay.</summary>
    public const string SessionReset = "session.reset";
    public const string BudgetExceeded = "budget.exceeded";
    public const string BudgetUnpriced = "budget.unpriced";
    public const string AgentAdded = "agent.added";
    public const string AgentRemoved = "agent.removed";
    public const string AgentBroken = "agent.broken";
    public const string AgentRouteFailed = "agent.route-failed";
    public const string ConfigReloaded = "config.reloaded";
    public const string ConfigRejected = "config.rejected";
    public const string GatewayStarted = "gateway.started";
    public const string GatewayStopped = "gateway.stopped";
}
