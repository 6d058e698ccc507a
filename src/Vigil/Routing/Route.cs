using Vigil.Agents;

namespace Vigil.Routing;

/// <summary>A rule from an inbound message to an agent: all keys must match; the first route that matches wins.</summary>
/// <param name="Line">In routes.json.</param>
public sealed record Route(int Index, IReadOnlyDictionary<string, string> Match, AgentId Agent, int Line)
{
    /// <summary>In the order in which a route says them.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["platform", "account", "guild_id", "parent_chat_id", "chat_type", "chat_id", "thread_id", "user_id", "role"];

    public bool Matches(InboundMessage message)
    {
        foreach (var (key, value) in Match)
        {
            if (!message.Has(key, value))
                return false;
        }
        return true;
    }

    /// <summary>Why it does not match, or null when it does.</summary>
    public string? WhyNot(InboundMessage message)
    {
        foreach (var (key, value) in Match)
        {
            if (!message.Has(key, value))
                return message.Value(key) is { } other ? $"{key} is '{other}', not '{value}'" : $"the message has no {key}";
        }
        return null;
    }

    /// <summary>Every message that matches the other one matches this one.</summary>
    public bool Covers(Route other) => Match.All(pair => other.Match.TryGetValue(pair.Key, out var value) && value == pair.Value);

    public override string ToString() => string.Join(" ", Match.Select(pair => $"{pair.Key}={pair.Value}")) + $" → {Agent}";
}
