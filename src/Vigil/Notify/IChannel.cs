using System.Text.Json.Nodes;
using Vigil.Agents;

namespace Vigil.Notify;

/// <summary>A way to reach people. One instance a kind; its named targets stand in settings under <c>notify.channels.&lt;kind&gt;.&lt;name&gt;</c>.</summary>
public interface IChannel
{
    /// <summary>The first word of its targets: webhook, ntfy, command.</summary>
    string Kind { get; }

    /// <summary>A repeat under the same delivery id is recognised by the receiver: an unanswered send may be sent again.</summary>
    bool RecognisesRepeats(JsonObject settings);

    /// <summary>What is wrong with a target's settings, or null.</summary>
    string? Check(JsonObject settings);

    /// <summary>Sends once. The answer is a value; only a bug throws.</summary>
    Task<SendResult> SendAsync(Outgoing outgoing, CancellationToken cancellationToken);
}

/// <param name="Rest">What follows kind and name in the target: chat and thread, as typed.</param>
public sealed record Outgoing(Delivery Delivery, Notification Notification, JsonObject Settings, string? Rest, Func<string, string?> Secret)
{
    /// <summary>The chat, in the letter case in which it was typed.</summary>
    public string? Chat => Rest?.Split(':', 2)[0];

    /// <summary>What follows the chat in the target.</summary>
    public string? Thread => Rest?.Split(':', 2) is [_, var thread] ? thread : null;
}

/// <summary>What became of one send.</summary>
public abstract record SendResult
{
    private SendResult()
    {
    }

    /// <param name="Receipt">The channel's own id of the message, if it gave one.</param>
    public sealed record Delivered(string? Receipt) : SendResult;

    /// <summary>Not delivered; may work later.</summary>
    public sealed record Failed(string Error, TimeSpan? RetryAfter = null) : SendResult;

    /// <summary>Refused for good.</summary>
    public sealed record Refused(string Error) : SendResult;

    /// <summary>Sent, but no answer: it may have arrived.</summary>
    public sealed record Unanswered(string Error) : SendResult;
}
