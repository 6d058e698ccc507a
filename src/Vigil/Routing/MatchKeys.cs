namespace Vigil.Routing;

/// <summary>What a route can ask for, and where a message has it.</summary>
internal static class MatchKeys
{
    public const string Any = "*";

    /// <summary>In the order in which they are listed and explained.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["platform", "account", "chat_id", "chat_type", "thread_id", "user_id", "guild_id", "parent_chat_id", "role"];

    /// <summary>Keys that take "*": there is one, whichever it is.</summary>
    public static IReadOnlyList<string> WithAny { get; } = ["thread_id", "guild_id", "parent_chat_id"];

    /// <summary>Platforms and chat types are words; ids are taken as they are.</summary>
    public static string Normal(string key, string value) => key is "platform" or "chat_type" ? value.Trim().ToLowerInvariant() : value.Trim();

    /// <summary>The message's value for a key other than role.</summary>
    public static string? Of(InboundMessage message, string key)
    {
        var value = key switch
        {
            "platform" => message.Platform,
            "account" => message.Account,
            "chat_id" => message.ChatId,
            "chat_type" => message.ChatType ?? "dm",
            "thread_id" => message.ThreadId,
            "user_id" => message.UserId,
            "guild_id" => message.GuildId,
            "parent_chat_id" => message.ParentChatId ?? (string.IsNullOrWhiteSpace(message.ThreadId) ? null : message.ChatId),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(value) ? null : Normal(key, value);
    }
}
