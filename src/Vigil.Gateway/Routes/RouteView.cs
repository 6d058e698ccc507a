using Vigil.Agents;
using Vigil.Routing;

namespace Vigil.Gateway.Routes;

/// <summary>A route in its place.</summary>
/// <param name="Line">Where it stands in routes.json.</param>
/// <param name="ShadowedBy">The earlier route that takes every message this one could match; null when it can be reached.</param>
/// <param name="IsOrphan">Its agent is gone; messages that match are refused.</param>
public sealed record RouteView(int Index, IReadOnlyDictionary<string, string> Match, string Agent, int Line, int? ShadowedBy, bool IsOrphan)
{
    internal static RouteView Of(RouteEntry entry, IAgentRegistry agents)
        => new(entry.Index, entry.Route.Match, entry.Route.Agent.Value, entry.Line, entry.ShadowedBy, !agents.Exists(entry.Route.Agent));
}

/// <summary>What <c>POST /api/routes</c> takes.</summary>
public sealed record RouteBody
{
    /// <summary>platform, account, chat_id, chat_type, thread_id, user_id, guild_id, parent_chat_id, role: all that are given must hold.</summary>
    public required IReadOnlyDictionary<string, string> Match { get; init; }

    public required string Agent { get; init; }

    /// <summary>Its place, from 0; without it the last.</summary>
    public int? Position { get; init; }

    /// <summary>Add it although an earlier route takes all its messages.</summary>
    public bool Unreachable { get; init; }
}

/// <summary>A route that was just added.</summary>
/// <param name="Warnings">Routes that can no longer be reached because of this one.</param>
public sealed record RouteAdded(RouteView Route, IReadOnlyList<string> Warnings);

/// <summary>What <c>POST /api/routes/test</c> takes: a message as a channel would bring it.</summary>
public sealed record RouteProbe
{
    public required string Platform { get; init; }

    public string? Account { get; init; }

    public string? ChatId { get; init; }

    /// <summary>dm, group, channel, …; without it dm.</summary>
    public string? ChatType { get; init; }

    public string? ThreadId { get; init; }

    public string? UserId { get; init; }

    public string? GuildId { get; init; }

    public string? ParentChatId { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    internal InboundMessage ToMessage() => new()
    {
        Platform = Platform,
        Account = Account,
        ChatId = ChatId,
        ChatType = ChatType,
        ThreadId = ThreadId,
        UserId = UserId,
        GuildId = GuildId,
        ParentChatId = ParentChatId,
        Roles = Roles,
    };
}

/// <summary>Where a message would go, and why not elsewhere.</summary>
/// <param name="Agent">Null when the message would be refused.</param>
/// <param name="Decision">In a few words: route 3, selector Office, default.</param>
/// <param name="Session">The conversation that it would belong to; null when it names neither chat nor user.</param>
/// <param name="Problem">Why it would be refused, with what to do.</param>
/// <param name="Routes">What each route said, up to the one that matched.</param>
public sealed record RouteVerdictView(string? Agent, string DecidedBy, string Decision, int? Route, string? Selector, string? Session, string? Problem, IReadOnlyList<RouteWord> Routes);

/// <summary>What one route says to a message.</summary>
/// <param name="WhyNot">Null for the one that matched.</param>
public sealed record RouteWord(int Index, IReadOnlyDictionary<string, string> Match, string Agent, string? WhyNot);
