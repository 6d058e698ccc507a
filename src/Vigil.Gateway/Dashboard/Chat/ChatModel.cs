using Vigil.Agents;
using Vigil.Errors;
using Vigil.Sessions;
using Vigil.Turns;

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

    /// <summary>Words that are being answered now.</summary>
    public RunStart? Open { get; init; }

    /// <summary>Why the last answer did not come.</summary>
    public Fault? Fault { get; init; }

    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>Agents to talk to.</summary>
    public required IReadOnlyList<string> Agents { get; init; }

    /// <summary>Why nobody can answer; null when somebody can.</summary>
    public string? Problem { get; init; }
}
