using Vigil.Agents;
using Vigil.Models;

namespace Vigil.Tools.Spawn;

/// <summary>Runs sub-agents: a work of source subagent below the run that asked, with a conversation of its own.</summary>
public interface ISpawner
{
    /// <summary>Completes when the sub-agent has ended. Cancelling ends the sub-agent too.</summary>
    Task<SpawnResult> SpawnAsync(RunContext parent, SpawnRequest request, CancellationToken cancellationToken);
}

/// <summary>What a run asks of a sub-agent; everything in it is already checked against what the run itself may do.</summary>
public sealed record SpawnRequest
{
    /// <summary>The tool call that asked: together with the parent's run it names this child, so that nothing is started twice.</summary>
    public required string CallId { get; init; }

    public required string Prompt { get; init; }

    public required AgentId Agent { get; init; }

    /// <summary>Named by the parent; null means the model of the child's agent.</summary>
    public ModelName? Model { get; init; }

    /// <summary>The only tools that the child may have, by exact name: never more than the parent's. The child's own profile narrows them further.
    /// Null when an agent is asked that answers as itself: all that its own profile gives it.</summary>
    public required IReadOnlyList<string>? Tools { get; init; }

    /// <summary>How deep the child is: one more than its parent.</summary>
    public required int Depth { get; init; }
}

/// <param name="Text">The sub-agent's last reply, or why there is none.</param>
public sealed record SpawnResult(string Text, bool Failed = false, string? WorkId = null);
