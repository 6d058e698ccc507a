using System.Text.RegularExpressions;
using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Routing;

/// <summary>A session key, or why the message can have none.</summary>
public sealed record SessionKeyResult(SessionKey Key, Fault? Fault)
{
    public SessionKey Required() => Fault is null ? Key : throw new FaultException(Fault);
}

/// <summary>Names the conversation of a message, once its agent is known.</summary>
public static partial class SessionKeys
{
    /// <summary>Sessions of works are named by these; a person's conversation never has their key.</summary>
    private static readonly string[] OfWork = ["main", "cron", "heartbeat", "hook", "work"];

    /// <summary>The session that the caller continues, else <c>agent:&lt;id&gt;:&lt;platform&gt;:&lt;chat type&gt;:&lt;chat id&gt;[:&lt;thread id&gt;]</c>.
    /// A second account on a platform has conversations of its own: <c>platform@account</c>.</summary>
    public static SessionKeyResult For(AgentId agent, InboundMessage message)
    {
        if (message.SessionKey is { } named)
            return named.Agent == agent
                ? new SessionKeyResult(named, null)
                : Refused("session_of_other_agent", $"The session belongs to {named.Agent}, not to {agent}.", "session");
        var platform = message.Platform.Trim().ToLowerInvariant();
        if (!PlatformRule().IsMatch(platform) || OfWork.Contains(platform))
            return Refused("bad_platform", $"The platform is no name of a-z, 0-9, '-' and '_', or one of {string.Join(", ", OfWork)}.", "platform");
        var type = MatchKeys.Of(message, "chat_type")!;
        var chat = MatchKeys.Of(message, "chat_id") ?? (type is "dm" or "direct" or "private" ? MatchKeys.Of(message, "user_id") : null);
        if (chat is null)
            return Refused("no_chat", "The message names neither a chat nor a user, so it belongs to no conversation.", "chat_id");
        if (MatchKeys.Of(message, "account") is { } account && account != "default")
            platform = $"{platform}@{account}";
        try
        {
            var key = MatchKeys.Of(message, "thread_id") is { } thread
                ? SessionKey.For(agent, platform, type, chat, thread)
                : SessionKey.For(agent, platform, type, chat);
            return new SessionKeyResult(key, null);
        }
        catch (FormatException bad)
        {
            return Refused("bad_chat", bad.Message, "chat_id");
        }
    }

    /// <summary>The session that an API caller named: <c>agent:&lt;id&gt;:api:&lt;session id&gt;</c>.</summary>
    public static SessionKeyResult ForApi(AgentId agent, string sessionId)
    {
        var id = sessionId.Trim();
        if (id.Length is 0 or > 200 || id == "." || id.Contains("..", StringComparison.Ordinal)
            || id.Any(c => c is '/' or '\\' || char.IsControl(c)) || DriveRule().IsMatch(id))
            return Refused("bad_session", "A session id is 1-200 characters without '..', path separators, a drive prefix or control characters.", "session");
        return new SessionKeyResult(SessionKey.For(agent, "api", id), null);
    }

    private static SessionKeyResult Refused(string code, string message, string parameter) => new(default, new Fault(code, message, null, parameter));

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,31}\z")]
    private static partial Regex PlatformRule();

    [GeneratedRegex(@"\A[A-Za-z]:")]
    private static partial Regex DriveRule();
}
