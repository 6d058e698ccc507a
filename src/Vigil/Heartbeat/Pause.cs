using Vigil.Agents;
using Vigil.State;

namespace Vigil.Heartbeat;

/// <summary>No beats until a time, or until somebody resumes. Kept in the store, never in settings.</summary>
/// <param name="Until">Null means until resumed.</param>
public sealed record Pause(DateTimeOffset Since, DateTimeOffset? Until)
{
    internal static Pause? Parse(string? json) => BeatState.Parse<Pause>(json);

    public bool Holds(DateTimeOffset now) => Until is not { } end || now < end;

    internal StateChange Write(AgentId agent) => BeatState.Change(agent, BeatState.Area, BeatState.PauseKey, this);
}
