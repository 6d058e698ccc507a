using System.Text.Json;
using Vigil.Agents;
using Vigil.State;

namespace Vigil.Heartbeat;

/// <summary>Names under which the heartbeat keeps its facts, and how they are written.</summary>
public static class BeatState
{
    /// <summary>Facts of the beat as a whole.</summary>
    public const string Area = "heartbeat";

    /// <summary>One entry a check, by its id.</summary>
    public const string CheckArea = "check";

    /// <summary>One entry a probe, by its name.</summary>
    public const string ProbeArea = "probe";

    /// <summary>What a running beat has in its prompt, by the work's id: an attempt that resumes it after a crash must mark the same checks.</summary>
    public const string PromptArea = "beat-prompt";

    public const string PauseKey = "pause";
    public const string FailuresKey = "failures";
    public const string EscalationsKey = "escalations";
    public const string LastPromptKey = "last-prompt";

    /// <summary>Beats and wakes of an agent share a session of their own, and a session runs one work at a time: an agent never beats twice at once.</summary>
    public const string SessionTail = "heartbeat:beats";

    /// <summary>The origin of wakes that the agent planned itself.</summary>
    public const string FollowUpOrigin = "follow-up";

    /// <summary>Who reports the end of an agent's own background command.</summary>
    public const string CommandSource = "command";

    /// <summary>Wakes stand before beats.</summary>
    public static TimeSpan WakePrecedence { get; } = TimeSpan.FromSeconds(-10);

    public static SessionKey Session(AgentId agent) => SessionKey.For(agent, "heartbeat", "beats");

    internal static StateChange Change<T>(AgentId agent, string area, string key, T value) => new(agent, area, key, JsonSerializer.Serialize(value, JsonSerializerOptions.Web));

    internal static StateChange Remove(AgentId agent, string area, string key) => new(agent, area, key, null);

    internal static T? Parse<T>(string? json)
        where T : class
        => json is null ? null : JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web);

    internal static async Task<T?> ReadAsync<T>(this IStateStore store, AgentId agent, string key, CancellationToken cancellationToken)
        where T : class
        => Parse<T>(await store.GetAsync(agent, Area, key, cancellationToken));
}
