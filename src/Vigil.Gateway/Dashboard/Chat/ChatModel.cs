using Vigil.Agents;
using Vigil.Sessions;

namespace Vigil.Gateway.Dashboard.Chat;

/// <summary>One conversation, and the others that there are with the same agent.</summary>
public sealed record ChatModel
{
    public required AgentId Agent { get; init; }

    public string? Name { get; init; }

    public required SessionKey Session { get; init; }

    /// <summary>What was said before <see cref="Messages"/>, in short.</summary>
    public string? Summary { get; init; }

    public required IReadOnlyList<SessionMessage> Messages { get; init; }

    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>Agents to talk to.</summary>
    public required IReadOnlyList<string> Agents { get; init; }

    /// <summary>Why nobody can answer; null when somebody can.</summary>
    public string? Problem { get; init; }
}
