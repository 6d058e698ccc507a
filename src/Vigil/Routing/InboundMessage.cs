using Vigil.Agents;

namespace Vigil.Routing;

/// <summary>What a message says about where it comes from: all that routes, selectors and session keys look at.</summary>
public sealed record InboundMessage
{
    /// <summary>api, cli, web, telegram, …; the case does not count.</summary>
    public required string Platform { get; init; }

    /// <summary>Which of several accounts (bots) on the platform got it.</summary>
    public string? Account { get; init; }

    public string? ChatId { get; init; }

    /// <summary>dm, group, channel, …; a message without one is a dm.</summary>
    public string? ChatType { get; init; }

    public string? ThreadId { get; init; }

    public string? UserId { get; init; }

    /// <summary>The server, team or workspace that the chat belongs to.</summary>
    public string? GuildId { get; init; }

    /// <summary>The chat that a thread hangs on, where the platform gives threads a chat id of their own; else the chat itself counts.</summary>
    public string? ParentChatId { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The agent that the caller named outright; neither selectors nor routes are asked.</summary>
    public string? NamedAgent { get; init; }

    /// <summary>The conversation that the caller continues; it belongs to an agent already.</summary>
    public SessionKey? SessionKey { get; init; }
}
