using Vigil.Agents;

namespace Vigil.Tools.Memory;

/// <summary>Finds passages in an agent's <c>memory/*.md</c>. The files are the truth: what a person edits by hand is found by the next search.</summary>
public interface IMemoryIndex
{
    /// <summary>The best passages of this agent's own memory, best first.</summary>
    Task<IReadOnlyList<MemoryPassage>> SearchAsync(AgentId agent, string words, int limit, CancellationToken cancellationToken);
}

/// <param name="File">Path below the workspace: <c>memory/people.md</c>.</param>
/// <param name="Line">Where the passage begins.</param>
public sealed record MemoryPassage(string File, int Line, string Text, double Score);
