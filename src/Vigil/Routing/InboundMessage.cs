using Vigil.Agents;

namespace Vigil.Routing;

/// <summary>Where a message comes from. Everything that routes may look at.</summary>
public sealed record InboundMessage
{
    /// <summary>telegram, slack, api, cli, …</summary>
    public required string Platform { get; init; }

    public string? Account { get; init; }

    public string? ChatId { get; init; }

    /// <summary>dm, group, channel, …</summary>
    public string? ChatType { get; init; }

    public string? ThreadId { get; init; }

    public string? UserId { get; init; }

    public string? GuildId { get; init; }

    public string? ParentChatId { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The caller names the agent outright: neither selector nor routes are asked.</summary>
    public string? NamedAgent { get; init; }

    /// <summary>The value that a route's key is compared with; roles match when one of them does.</summary>
    internal bool Has(string key, string value) => key switch
    {
        "platform" => Platform == value,
        "account" => Account == value,
        "chat_id" => ChatId == value,
        "chat_type" => ChatType == value,
        "thread_id" => ThreadId == value,
        "user_id" => UserId == value,
        "guild_id" => GuildId == value,
        "parent_chat_id" => ParentChatId == value,
        "role" => Roles.Contains(value, StringComparer.Ordinal),
        _ => false,
    };

    internal string? Value(string key) => key switch
    {
        "platform" => Platform,
        "account" => Account,
        "chat_id" => ChatId,
        "chat_type" => ChatType,
        "thread_id" => ThreadId,
        "user_id" => UserId,
        "guild_id" => GuildId,
        "parent_chat_id" => ParentChatId,
        "role" => Roles.Count == 0 ? null : string.Join(",", Roles),
        _ => null,
    };

    /// <summary>The conversation that the message belongs to, once its agent is known. People in a thread share it; a direct message without a chat id is named by its user.</summary>
    /// <exception cref="FormatException">Neither chat nor user is known, or an id cannot be part of a key.</exception>
    public SessionKey SessionFor(AgentId agent)
    {
        var type = ChatType ?? (GuildId is null ? "dm" : "group");
        var chat = ChatId ?? (type == "dm" ? UserId : null)
            ?? throw new FormatException("The message names neither chat nor user; it belongs to no conversation.");
        return ThreadId is { } thread ? SessionKey.For(agent, Platform, type, chat, thread) : SessionKey.For(agent, Platform, type, chat);
    }
}
